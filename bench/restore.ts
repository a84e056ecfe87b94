import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { compare, type Subject } from './measure.ts'

/**
 * Times restoring a backup into an empty database against a loop of `opencode import` over the same sessions, in the same run.
 *   node bench/restore.ts --store DIR/v1/opencode [--loop 10] [--runs 3]
 * The loop is measured on a few sessions, because it takes a second for each. bench/generate.ts makes the store.
 */
const { values: flags } = parseArgs({
  options: { store: { type: 'string' }, loop: { type: 'string', default: '10' }, runs: { type: 'string', default: '3' } },
})

const root = resolve(import.meta.dirname, '..')
const main = join(root, 'dist/main.js')
const opencode = join(root, 'node_modules/.bin/opencode')

async function measure(store: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
  const data = join(folder, '.local/share/opencode')
  mkdirSync(data, { recursive: true })
  const quiet = { OPENCODE_DISABLE_DEFAULT_PLUGINS: '1', OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' }
  const unset = { XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined, XDG_CACHE_HOME: undefined }
  const place = { cwd: folder, env: { ...quiet, ...unset, HOME: folder } }
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, env: { ...process.env, ...place.env }, stdio: ['ignore', 'ignore', 'inherit'] })

  // The database as OpenCode makes it.
  run(opencode, 'session', 'list')
  const empty = join(folder, 'empty.db')
  const target = join(data, 'opencode.db')
  new DatabaseSync(target).exec('PRAGMA wal_checkpoint(TRUNCATE)')
  copyFileSync(target, empty)
  const db = new DatabaseSync(join(store, 'opencode.db'), { readOnly: true })
  const rows = db.prepare('SELECT id FROM session ORDER BY time_updated DESC').all()
  db.close()
  const ids = rows.map(({ id }) => String(id))
  const few = ids.slice(0, Number(flags.loop))
  const archive = join(folder, 'all.zip')
  run(process.execPath, main, 'backup', '--all', '-o', archive, '--root', store)
  const unpacked = join(folder, 'few')
  run(process.execPath, main, 'export', ...few, '--no-tree', '-o', unpacked, '--root', store)

  // Each run begins with an empty database; copying it is part of the time, for all alike.
  const reset = 'rm -rf "$1"-wal "$1"-shm "$3" && cp "$2" "$1" && shift 3 && '
  const shell = (name: string, script: string, ...args: string[]): Subject => ({
    ...{ name, command: 'sh', ...place },
    args: ['-c', reset + script, 'sh', target, empty, join(folder, '.local/share/ocvault'), ...args],
  })
  const ocvault = (name: string, ...args: string[]) =>
    shell(name, 'exec "$@" >/dev/null', process.execPath, main, 'restore', archive, '--quiet', ...args)
  const files = readdirSync(unpacked).filter((file) => file !== 'index.json')
  const loop = 'binary=$1; shift; for file in "$@"; do "$binary" import "$file" || exit; done'
  const all = ids.length.toLocaleString('en')
  const measured = await compare(
    [
      ocvault(`ocvault restore, ${all} sessions`),
      ocvault(`ocvault restore --drill, ${all} sessions`, '--drill'),
      shell(`opencode import, ${few.length} in a loop`, loop, opencode, ...files.map((file) => join(unpacked, file))),
    ],
    Number(flags.runs),
  )
  rmSync(folder, { recursive: true, force: true })
  const counts = [ids.length, ids.length, few.length]
  const each = measured.map(({ total }, index) => total / counts[index]!)
  console.log('| | total | a session | peak memory | times faster than the loop |\n|---|---|---|---|---|')
  for (const [index, { name, total, peak }] of measured.entries()) {
    const memory = peak === null ? '' : `${Math.round(peak / 1e6)} MB`
    const ratio = index < measured.length - 1 ? `${(each.at(-1)! / each[index]!).toFixed(0)} ×` : ''
    console.log(`| ${name} | ${total.toFixed(0)} ms | ${each[index]!.toFixed(1)} ms | ${memory} | ${ratio} |`)
  }
}

if (flags.store === undefined) console.log('node bench/restore.ts --store DATA_DIR [--loop 10] [--runs 3]')
else await measure(resolve(flags.store))
