import type { SessionID } from '../opencode/ids.ts'
import type { Database, Row } from './database.ts'
import type { RawRecord } from './store.ts'

/** A table that holds rows of sessions, the column that names the session, and columns that are secret. */
export interface SessionRows {
  readonly table: string
  readonly key: string
  readonly secret?: readonly string[]
}

const chunk = 200

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/**
 * The rows of a session byte for byte: text comes as a blob, because `node:sqlite` cuts text at a NUL before Node 24.16
 * and replaces invalid UTF-8. Secret columns are left out.
 */
export function* tableRecords(db: Database, tables: readonly SessionRows[], id: SessionID): Iterable<RawRecord> {
  const present = db.tables()
  for (const { table, key, secret = [] } of tables) {
    if (!present.has(table)) continue
    const columns = [...db.columns(table)].filter((column) => !secret.includes(column))
    const values = columns
      .map(quoted)
      .map((c) => `iif(typeof(${c}) = 'text', CAST(${c} AS BLOB), ${c}) AS ${c}`)
      .join(', ')
    const sql = `SELECT rowid AS " row", ${values} FROM "${table}" WHERE "${key}" = ? AND rowid > ? ORDER BY rowid LIMIT ${chunk}`
    for (let after: number | bigint = -(2n ** 63n); ; ) {
      const rows = db.all(sql, id, after)
      for (const row of rows) yield { table, columns: new Map(columns.map((c) => [c, row[c] as Exclude<Row[string], string>])) }
      const last = rows.at(-1)
      if (!last || rows.length < chunk) break
      after = last[' row'] as number | bigint
    }
  }
}
