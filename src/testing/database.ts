import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { storeOf, tempDir } from './temp.ts'

/** The statements that made the database of a real release, without those of its bookkeeping. */
function schemaOf(release: string): string {
  const db = new DatabaseSync(`file://${join(storeOf(release), 'opencode.db')}?immutable=1`, { readOnly: true })
  const rows = db.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid").all()
  db.close()
  return rows.map((row) => `${row.sql};`).join('\n')
}

/**
 * Lets the schema of a database say more behind the statement of a table, as a stranger could: SQLite reads the first statement
 * alone, and whoever runs the text runs all of it.
 * @param before a statement in front, as the end of a transaction
 * @returns the file that is there when it was run
 */
export function hostileSchema(path: string, table: string, before = 'SELECT 1'): string {
  const intruder = join(tempDir(), 'intruder.db')
  const db = new DatabaseSync(path)
  db.enableDefensive?.(false)
  db.exec('PRAGMA writable_schema = ON')
  db.prepare("UPDATE sqlite_master SET sql = sql || ? WHERE name = ? AND type = 'table'").run(
    `; ${before}; ATTACH '${intruder}' AS intruder; CREATE TABLE intruder.x (y)`,
    table,
  )
  db.close()
  return intruder
}

export type Values = Record<string, SQLInputValue>

/**
 * A database with the schema of a real release and the rows that a test needs; columns that are not given get something plain.
 */
export class TestDatabase {
  readonly path: string
  readonly db: DatabaseSync

  constructor(release = '1.18.33', path = join(tempDir(), 'opencode.db')) {
    this.path = path
    this.db = new DatabaseSync(path)
    // What a test makes need not outlive a power cut: waiting for the disk at each statement takes seconds.
    this.db.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY')
    this.db.exec(schemaOf(release))
  }

  insert(table: string, values: Values): this {
    const columns = Object.keys(values)
    const marks = columns.map(() => '?').join(', ')
    this.db
      .prepare(`INSERT INTO ${table} (${columns.map((c) => `"${c}"`).join(', ')}) VALUES (${marks})`)
      .run(...Object.values(values))
    return this
  }

  session(values: Values & { id: string }): this {
    const plain = {
      project_id: 'global',
      slug: 'a-slug',
      directory: '/work',
      title: 'A title',
      version: '1.18.33',
      time_created: 1000,
      time_updated: 1000,
    }
    return this.insert('session', { ...plain, ...values })
  }

  message(session_id: string, id: string, data: object | string, time_created = 1000): this {
    const json = typeof data === 'string' ? data : JSON.stringify({ time: { created: time_created }, ...data })
    return this.insert('message', { id, session_id, time_created, time_updated: time_created, data: json })
  }

  part(session_id: string, message_id: string, id: string, data: object | string): this {
    const json = typeof data === 'string' ? data : JSON.stringify(data)
    return this.insert('part', { id, message_id, session_id, time_created: 1000, time_updated: 1000, data: json })
  }

  /** Closes it and returns its path. */
  done(): string {
    this.db.close()
    return this.path
  }
}

/** Deletes a session as OpenCode does: with everything that belongs to it. */
export function forget(db: DatabaseSync, id: string): void {
  for (const table of ['part', 'message']) db.prepare(`DELETE FROM ${table} WHERE session_id = ?`).run(id)
  db.prepare('DELETE FROM session WHERE id = ?').run(id)
}

/** Every row of every table, as text. */
export function rowTexts(path: string): string[] {
  const db = new DatabaseSync(path, { readOnly: true })
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
  const rows = tables.flatMap(({ name }) =>
    db
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => `${name} ${JSON.stringify(row)}`),
  )
  db.close()
  return rows.sort()
}
