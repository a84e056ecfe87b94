import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { copyStore } from './temp.ts'

const pageBytes = 4096

/** The database of a real release, its log taken in. */
export function databaseOf(release: string): string {
  const path = join(copyStore(release), 'opencode.db')
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF')
  db.close()
  return path
}

/** What a release wrote, so many times, under ids of its own: large enough that each table has pages above its rows. */
export function multiplied(release: string, times: number): string {
  const path = databaseOf(release)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN')
  const tables = ['session', 'message', 'part'].map((table) => {
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(table)
    return { table, names: columns.map(({ name }) => `"${name}"`) }
  })
  for (let copy = 1; copy < times; copy++) {
    // The random end of an id, which nothing but ids has in common with it.
    const end = `${copy}`.padStart(4, '0')
    for (const { table, names } of tables) {
      const values = names.map((name) =>
        name === '"id"' || name.endsWith('_id"')
          ? `CASE WHEN length(${name}) = 30 THEN substr(${name}, 1, 26) || '${end}' ELSE ${name} END`
          : name,
      )
      const own = `SELECT ${values.join(', ')} FROM "${table}" WHERE rowid <= (SELECT n FROM first WHERE name = '${table}')`
      db.exec('CREATE TEMP TABLE IF NOT EXISTS first (name, n)')
      if (copy === 1) db.exec(`INSERT INTO first SELECT '${table}', max(rowid) FROM "${table}"`)
      db.exec(`INSERT INTO "${table}" (${names.join(', ')}) ${own}`)
    }
  }
  db.exec('COMMIT')
  db.close()
  return path
}

/** Where the first page of a table is. */
function rootOf(path: string, table: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const row = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').get(table)
  db.close()
  return Number(row?.rootpage)
}

/** Fills bytes of a file with zeros. */
export function zero(path: string, from: number, to: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(to - from), 0, to - from, from)
  closeSync(file)
}

/** Ways to damage a database of which rows are left. Each says how many pages are as they were. */
export const damages: Readonly<Record<string, (path: string) => number>> = {
  'the page above all sessions': (path) => {
    const root = rootOf(path, 'session')
    zero(path, (root - 1) * pageBytes, root * pageBytes)
    return Number.POSITIVE_INFINITY
  },
  'the page of the schema': (path) => {
    zero(path, 100, pageBytes)
    return Number.POSITIVE_INFINITY
  },
  'the first page with the header': (path) => {
    zero(path, 0, pageBytes)
    return Number.POSITIVE_INFINITY
  },
  'the last third, cut off': (path) => {
    const left = Math.floor((statSync(path).size * 2) / 3 / pageBytes)
    const file = openSync(path, 'r+')
    ftruncateSync(file, left * pageBytes)
    closeSync(file)
    return left
  },
  'the last third, never written': (path) => {
    const { size } = statSync(path)
    const left = Math.floor((size * 2) / 3 / pageBytes)
    zero(path, left * pageBytes, size)
    return left
  },
}
