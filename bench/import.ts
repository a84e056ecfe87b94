import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EmptyHome, idsIn, ocvault, printAgainstLoop } from './loop.ts'
import { compare } from './measure.ts'

/**
 * Times importing many sessions into an empty database against a loop of `opencode import`, in the same run, and prints ratios.
 *   node bench/import.ts --store DIR/v1/opencode [--sessions 1000] [--loop 20] [--runs 3]
 * The loop is measured on a few sessions, because it takes a second for each. bench/generate.ts makes the store.
 */
const { values: flags } = parseArgs({
  options: {
    store: { type: 'string' },
    sessions: { type: 'string', default: '1000' },
    loop: { type: 'string', default: '20' },
    runs: { type: 'string', default: '3' },
  },
})

async function measure(store: string): Promise<void> {
  const home = new EmptyHome()
  const ids = idsIn(store, Number(flags.sessions))
  const few = ids.slice(0, Number(flags.loop))
  // The same sessions in every form.
  const exported = (to: string, sessions: readonly string[]) => {
    const path = join(home.folder, to)
    home.run(process.execPath, ocvault, 'export', ...sessions, '--no-tree', '-o', path, '--root', store)
    return path
  }
  const sources = { folder: exported('all', ids), zip: exported('all.zip', ids), few: exported('few', few) }
  const bring = (name: string, source: string) => home.shell(name, 'exec "$@"', process.execPath, ocvault, 'import', source)
  const files = readdirSync(sources.few).filter((file) => file !== 'index.json')
  const all = ids.length.toLocaleString('en')
  const measured = await compare(
    [
      bring(`ocvault import, ${all} from a folder`, sources.folder),
      bring(`ocvault import, ${all} from a zip`, sources.zip),
      bring(`ocvault import, the same ${few.length} from a folder`, sources.few),
      home.importLoop(files.map((file) => join(sources.few, file))),
    ],
    Number(flags.runs),
  )
  home.remove()
  printAgainstLoop(measured, [ids.length, ids.length, few.length, few.length])
}

if (flags.store === undefined) console.log('node bench/import.ts --store DATA_DIR [--sessions 1000] [--loop 20] [--runs 3]')
else await measure(resolve(flags.store))
