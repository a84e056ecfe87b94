import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { offline } from '../e2e/support/offline.ts'
import { idsIn, printAgainstLoop } from './loop.ts'
import { compare, type Subject } from './measure.ts'

/**
 * Times exporting many sessions against a loop of `opencode export`, in the same run, and prints ratios.
 *   node bench/export.ts --store DIR/v1/opencode [--sessions 1000] [--loop 20] [--runs 3]
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

const root = resolve(import.meta.dirname, '..')

async function main(store: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
  // The real binary writes to what it opens, so it gets a copy, and a home of its own.
  const data = join(folder, '.local/share/opencode')
  mkdirSync(data, { recursive: true })
  cpSync(join(store, 'opencode.db'), join(data, 'opencode.db'))
  const ids = idsIn(data, Number(flags.sessions))
  const few = ids.slice(0, Number(flags.loop))
  const unset = { XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined, XDG_CACHE_HOME: undefined }
  const place = { cwd: folder, env: { ...offline, ...unset, HOME: folder } }
  const ocvault = (name: string, to: string, sessions: readonly string[], ...args: string[]): Subject => ({
    ...{ name, command: process.execPath, ...place },
    args: [
      join(root, 'dist/main.js'),
      'export',
      ...sessions,
      '--no-tree',
      '--force',
      '-o',
      join(folder, to),
      ...args,
      '--root',
      data,
    ],
  })
  const script = 'binary=$1; shift; for id in "$@"; do "$binary" export "$id" > "$id.json" || exit; done'
  const loop: Subject = {
    ...{ name: `opencode export, ${few.length} in a loop`, command: 'sh', ...place },
    args: ['-c', script, 'sh', join(root, 'node_modules/.bin/opencode'), ...few],
  }
  const all = ids.length.toLocaleString('en')
  const measured = await compare(
    [
      ocvault(`ocvault export, ${all} into a folder`, 'folder', ids),
      ocvault(`ocvault export, ${all} into a zip`, 'all.zip', ids),
      ocvault(`ocvault export, ${all} into a folder, for 2.x`, 'folder2', ids, '--format', 'opencode2'),
      ocvault(`ocvault export, the same ${few.length} into a folder`, 'few', few),
      loop,
    ],
    Number(flags.runs),
  )
  rmSync(folder, { recursive: true, force: true })
  const counts = [ids.length, ids.length, ids.length, few.length, few.length]
  printAgainstLoop(measured, counts)
}

if (flags.store === undefined) console.log('node bench/export.ts --store DATA_DIR [--sessions 1000] [--loop 20] [--runs 3]')
else await main(resolve(flags.store))
