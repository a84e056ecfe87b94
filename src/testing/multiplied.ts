import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { copyStore } from './temp.ts'

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
      const ended = (id: string) => `substr(${id}, 1, 26) || '${end}'`
      const values = names.map((name) => {
        if (name === '"id"' || name.endsWith('_id"')) return `CASE WHEN length(${name}) = 30 THEN ${ended(name)} ELSE ${name} END`
        if (name !== '"data"') return name
        const parent = "json_extract(data, '$.parentID')"
        return `CASE WHEN ${parent} IS NULL THEN data ELSE json_set(data, '$.parentID', ${ended(parent)}) END`
      })
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
