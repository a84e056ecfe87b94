import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EmptyHome, idsIn, ocvault, printAgainstLoop } from './loop.ts'
import { compare } from './measure.ts'

/**
 * Times restoring a backup into an empty database against a loop of `opencode import` over the same sessions, in the same run.
 *   node bench/restore.ts --store DIR/v1/opencode [--loop 10] [--runs 3]
 * The loop is measured on a few sessions, because it takes a second for each. bench/generate.ts makes the store.
 */
const { values: flags } = parseArgs({
  options: { store: { type: 'string' }, loop: { type: 'string', default: '10' }, runs: { type: 'string', default: '3' } },
})

async function measure(store: string): Promise<void> {
  const home = new EmptyHome()
  const ids = idsIn(store)
  const few = ids.slice(0, Number(flags.loop))
  const archive = join(home.folder, 'all.zip')
  home.run(process.execPath, ocvault, 'backup', '--all', '-o', archive, '--root', store)
  const unpacked = join(home.folder, 'few')
  home.run(process.execPath, ocvault, 'export', ...few, '--no-tree', '-o', unpacked, '--root', store)
  const restore = (name: string, ...args: string[]) =>
    home.shell(name, 'exec "$@" >/dev/null', process.execPath, ocvault, 'restore', archive, '--quiet', ...args)
  const files = readdirSync(unpacked).filter((file) => file !== 'index.json')
  const all = ids.length.toLocaleString('en')
  const measured = await compare(
    [
      restore(`ocvault restore, ${all} sessions`),
      restore(`ocvault restore --drill, ${all} sessions`, '--drill'),
      home.importLoop(files.map((file) => join(unpacked, file))),
    ],
    Number(flags.runs),
  )
  home.remove()
  printAgainstLoop(measured, [ids.length, ids.length, few.length])
}

if (flags.store === undefined) console.log('node bench/restore.ts --store DATA_DIR [--loop 10] [--runs 3]')
else await measure(resolve(flags.store))
