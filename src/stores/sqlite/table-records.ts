import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import type { Row } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import { type LongBytes, longestCopiedBytes } from '../long-record.ts'
import type { IsKnown, RawRecord } from '../store.ts'
import { longCell } from './row-json.ts'

/** A table that holds rows of sessions, the column that names the session, and columns that are secret. */
export interface SessionRows {
  readonly table: string
  readonly key: string
  readonly secret?: readonly string[]
}

/** Rows at a time: a part may have megabytes. */
const chunk = 8
/** The same of rows without their `data`. */
const lightChunk = 200

interface Statement {
  readonly table: string
  readonly columns: readonly string[]
  readonly sql: string
  /** The rows without the content of `data`, and the content of one; undefined for a table without that column. */
  readonly light: { readonly rows: string; readonly data: string } | undefined
}

/** Statements for one state of the schema: asking for columns takes longer than reading the rows of a short session. */
const known = new WeakMap<readonly SessionRows[], { readonly schema: unknown; readonly statements: readonly Statement[] }>()

function statementsFor(db: Database, tables: readonly SessionRows[]): readonly Statement[] {
  const schema = `${db.path} ${db.get('PRAGMA schema_version')?.schema_version}`
  const last = known.get(tables)
  if (last?.schema === schema) return last.statements
  const present = db.tables()
  const statements = tables.flatMap(({ table, key, secret = [] }): Statement[] => {
    const names = present.has(table) ? db.columns(table) : new Set<string>()
    if (!names.has(key)) return []
    const columns = [...names].filter((column) => !secret.includes(column))
    const bytes = (column: string) => `iif(typeof(${column}) = 'text', CAST(${column} AS BLOB), ${column}) AS ${column}`
    const values = columns.map((column) => bytes(quoted(column)))
    const select = (what: readonly string[], limit: number) =>
      `SELECT rowid AS " row", ${what.join(', ')} FROM "${table}" WHERE "${key}" = ? AND rowid > ? ORDER BY rowid LIMIT ${limit}`
    const size = `iif(typeof(data) = 'text', octet_length(data), NULL) AS data`
    const light = columns.map((column) => (column === 'data' ? size : bytes(quoted(column))))
    return [
      {
        table,
        columns,
        sql: select(values, chunk),
        light: columns.includes('data')
          ? { rows: select(light, lightChunk), data: `SELECT ${bytes('data')} FROM "${table}" WHERE rowid = ?` }
          : undefined,
      },
    ]
  })
  known.set(tables, { schema, statements })
  return statements
}

type Value = Exclude<Row[string], string>

/**
 * The rows of a session byte for byte: text comes as a blob, because `node:sqlite` cuts text at a NUL before Node 24.16
 * and replaces invalid UTF-8. Secret columns are left out.
 */
export function* tableRecords(db: Database, tables: readonly SessionRows[], id: SessionID): Iterable<RawRecord> {
  for (const { table, columns, sql } of statementsFor(db, tables)) {
    for (const row of rowsOf(db, sql, chunk, id)) yield { table, columns: new Map(columns.map((c) => [c, row[c] as Value])) }
  }
}

/** The same, where the text in a column `data` is read only if it is not known, and in pieces if it is long. */
export function* tableRecordsBut(
  isKnown: IsKnown,
  db: Database,
  tables: readonly SessionRows[],
  id: SessionID,
): Iterable<RawRecord<true | LongBytes>> {
  for (const { table, columns, sql, light } of statementsFor(db, tables)) {
    for (const row of light ? rowsOf(db, light.rows, lightChunk, id) : rowsOf(db, sql, chunk, id)) {
      const values = new Map<string, Value | true | LongBytes>(columns.map((c) => [c, row[c] as Value]))
      if (light) values.set('data', true)
      const { data: size } = row
      const known = typeof size === 'number' && isKnown({ table, columns: values as ReadonlyMap<string, Value> }, size)
      const number = row[' row'] as number | bigint
      if (light && !known) {
        const isLong = typeof size === 'number' && size > longestCopiedBytes
        values.set(
          'data',
          isLong ? longCell(db, { table, column: 'data' }, number, size) : (db.get(light.data, number)?.data as Value),
        )
      }
      yield { table, columns: values }
    }
  }
}

function* rowsOf(db: Database, sql: string, limit: number, id: SessionID): Iterable<Row> {
  for (let after: number | bigint = -(2n ** 63n); ; ) {
    const rows = db.all(sql, id, after)
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < limit) return
    after = last[' row'] as number | bigint
  }
}
