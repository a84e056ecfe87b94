import type { SessionID } from '../opencode/ids.ts'
import type { Database, Row } from './database.ts'
import type { RawRecord } from './store.ts'

/** A table that holds rows of sessions, the column that names the session, and columns that are secret. */
export interface SessionRows {
  readonly table: string
  readonly key: string
  readonly secret?: readonly string[]
}

/** Rows at a time: a part may have megabytes. */
const chunk = 8

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

interface Statement {
  readonly table: string
  readonly columns: readonly string[]
  readonly sql: string
}

/** Statements for one state of the schema: asking for columns takes longer than reading the rows of a short session. */
const known = new WeakMap<readonly SessionRows[], { readonly schema: unknown; readonly statements: readonly Statement[] }>()

function statementsFor(db: Database, tables: readonly SessionRows[]): readonly Statement[] {
  const schema = `${db.path} ${db.get('PRAGMA schema_version')?.schema_version}`
  const last = known.get(tables)
  if (last?.schema === schema) return last.statements
  const present = db.tables()
  const statements = tables.flatMap(({ table, key, secret = [] }): Statement[] => {
    if (!present.has(table)) return []
    const columns = [...db.columns(table)].filter((column) => !secret.includes(column))
    const values = columns
      .map(quoted)
      .map((c) => `iif(typeof(${c}) = 'text', CAST(${c} AS BLOB), ${c}) AS ${c}`)
      .join(', ')
    const sql = `SELECT rowid AS " row", ${values} FROM "${table}" WHERE "${key}" = ? AND rowid > ? ORDER BY rowid LIMIT ${chunk}`
    return [{ table, columns, sql }]
  })
  known.set(tables, { schema, statements })
  return statements
}

/**
 * The rows of a session byte for byte: text comes as a blob, because `node:sqlite` cuts text at a NUL before Node 24.16
 * and replaces invalid UTF-8. Secret columns are left out.
 */
export function* tableRecords(db: Database, tables: readonly SessionRows[], id: SessionID): Iterable<RawRecord> {
  for (const { table, columns, sql } of statementsFor(db, tables)) {
    for (let after: number | bigint = -(2n ** 63n); ; ) {
      const rows = db.all(sql, id, after)
      for (const row of rows) yield { table, columns: new Map(columns.map((c) => [c, row[c] as Exclude<Row[string], string>])) }
      const last = rows.at(-1)
      if (!last || rows.length < chunk) break
      after = last[' row'] as number | bigint
    }
  }
}
