import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { damages } from '../src/testing/damage.ts'
import { ocvault } from './loop.ts'

/**
 * Damages a database in several ways, and digs out what is left: by ocvault, and by SQLite's own `.recover` into a new database.
 * Prints how many rows each has, and the CPU time that it took: what else the machine does is not in that.
 *   node bench/salvage.ts --store DIR/v1/opencode [--sqlite3 PATH]
 * `.recover` wants a sqlite3 that was built with SQLITE_ENABLE_DBPAGE_VTAB; that of Debian was not.
 */
const { values: flags } = parseArgs({
  options: { store: { type: 'string' }, sqlite3: { type: 'string', default: 'sqlite3' } },
})

const tables = ['session', 'message', 'part']
const columnsOf: Readonly<Record<string, number>> = { session: 20, message: 5, part: 6 }

/** CPU seconds of a line of the shell. */
function cpuOf(script: string, ...args: string[]): number {
  const { stderr } = spawnSync('/usr/bin/time', ['-f', 'cpu %U %S', 'sh', '-c', script, 'sh', ...args], { encoding: 'utf8' })
  const [, user, system] = /cpu (\S+) (\S+)\n$/.exec(stderr) ?? []
  return Number(user) + Number(system)
}

/**
 * Rows of each table; of `.recover` also those that it could not assign, and that are whole rows of it: without the schema they
 * are all in a table of lost ones, among the entries of indexes.
 */
function rowsIn(path: string): number[] {
  const db = new DatabaseSync(path, { readOnly: true })
  const there = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name))
  const count = (sql: string) => Number(db.prepare(sql).get()?.n)
  const rows = tables.map((table) => {
    const own = there.includes(table) ? count(`SELECT count(*) AS n FROM "${table}"`) : 0
    const lost = there.filter((name) => name.startsWith('lost_and_found'))
    const begin = table === 'part' ? 'prt_' : `${table.slice(0, 3).replace('mes', 'msg')}_`
    return lost.reduce((sum, name) => {
      const where = `c0 GLOB '${begin}*' AND nfield BETWEEN ${columnsOf[table]} AND ${table === 'session' ? 40 : columnsOf[table]}`
      return sum + count(`SELECT count(DISTINCT c0) AS n FROM "${name}" WHERE ${where}`)
    }, own)
  })
  db.close()
  return rows
}

function measure(store: string, sqlite3: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
  const path = join(folder, 'opencode.db')
  const cache = join(folder, 'cache')
  const recovered = join(folder, 'recovered.db')
  console.log(`| destroyed | by | ${tables.map((table) => `${table}s`).join(' | ')} | CPU |`)
  console.log(`| --- | --- | ${tables.map(() => '--- |').join(' ')} --- |`)
  try {
    for (const [name, damage] of Object.entries(damages)) {
      copyFileSync(join(store, 'opencode.db'), path)
      damage(path)
      const ours = cpuOf('XDG_CACHE_HOME="$1" "$2" "$3" list --root "$4" > "$1.txt"', cache, process.execPath, ocvault, path)
      const kept = join(cache, 'ocvault/salvaged')
      const line = (by: string, rows: readonly number[], seconds: number) =>
        console.log(
          `| ${name} | ${by} | ${rows.map((each) => each.toLocaleString('en')).join(' | ')} | ${seconds.toFixed(1)} s |`,
        )
      line('ocvault', existsSync(kept) ? rowsIn(join(kept, readdirSync(kept)[0]!)) : [0, 0, 0], ours)
      const theirs = cpuOf('"$1" "$2" .recover | "$1" "$3"', sqlite3, path, recovered)
      line('`.recover`', rowsIn(recovered), theirs)
      for (const each of [cache, recovered]) rmSync(each, { recursive: true, force: true })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (flags.store === undefined) {
  console.error('node bench/salvage.ts --store DIR/v1/opencode [--sqlite3 PATH]')
  process.exitCode = 2
} else measure(flags.store, flags.sqlite3)
