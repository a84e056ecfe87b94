import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compare, type Subject } from './measure.ts'

/**
 * Times a backup of a store against `zip -qr` of the same sessions as a tree of JSON files and against `sqlite3 .backup` of the
 * database, in the same run, and prints ratios. bench/generate.ts makes both. node bench/backup.ts --store DIR/v1/opencode --tree
 * DIR/json/opencode/storage [--runs 3]
 */
const { values: flags } = parseArgs({
  options: { store: { type: 'string' }, tree: { type: 'string' }, runs: { type: 'string', default: '3' } },
})

const main = join(resolve(import.meta.dirname, '..'), 'dist/main.js')

async function measure(store: string, tree: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
  const place = { cwd: folder, env: { HOME: folder } }
  const [fromDatabase, fromTree, zipped, copied] = ['db.zip', 'tree.zip', 'zip.zip', 'copy.db'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  const backup = (name: string, root: string, to: string): Subject => ({
    ...{ name, command: process.execPath, ...place },
    args: [main, 'backup', '--root', root, '-o', to, '--force', '--quiet'],
  })
  const shell = (name: string, script: string, ...args: string[]): Subject => ({
    ...{ name, command: 'sh', ...place },
    args: ['-c', script, 'sh', ...args],
  })
  // Written once before, so that there is something to verify.
  execFileSync(process.execPath, [main, 'backup', '--root', store, '-o', fromDatabase, '--quiet'], { cwd: folder })
  const measured = await compare(
    [
      backup('ocvault backup of the database', store, fromDatabase),
      backup('ocvault backup of the tree', tree, fromTree),
      shell('zip -qr of the tree', 'rm -f "$2" && cd "$1" && exec zip -qr "$2" .', tree, zipped),
      shell('sqlite3 .backup', 'rm -f "$2" && exec sqlite3 "$1" ".backup $2"', join(store, 'opencode.db'), copied),
      { name: 'ocvault verify', command: process.execPath, args: [main, 'verify', fromDatabase], ...place },
    ],
    Number(flags.runs),
  )
  const sizes = [fromDatabase, fromTree, zipped, copied, undefined].map((path) =>
    path === undefined ? undefined : statSync(path).size,
  )
  rmSync(folder, { recursive: true, force: true })
  const zip = measured[2]!.total
  console.log('| | total | peak memory | size | time of zip -qr |\n|---|---|---|---|---|')
  for (const [index, { name, total, peak }] of measured.entries()) {
    const memory = peak === null ? '' : `${Math.round(peak / 1e6)} MB`
    const bytes = sizes[index]
    const size = bytes === undefined ? '' : `${Math.round(bytes / 1e6)} MB`
    console.log(`| ${name} | ${(total / 1000).toFixed(1)} s | ${memory} | ${size} | ${(total / zip).toFixed(2)} × |`)
  }
}

if (flags.store === undefined || flags.tree === undefined) {
  console.log('node bench/backup.ts --store DATA_DIR --tree STORAGE_FOLDER [--runs 3]')
} else await measure(resolve(flags.store), resolve(flags.tree))
