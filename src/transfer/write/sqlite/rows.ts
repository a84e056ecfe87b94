import { OcvaultError } from '../../../base/errors.ts'
import type { Row, SqlValue } from '../../../sqlite/port.ts'
import { quoted, quotedList } from '../../../sqlite/quoted.ts'
import type { WritableDatabase } from '../../../sqlite/writable.ts'
import type { Values } from './layout.ts'
import { markOf, textBytes } from './raw-rows.ts'

/** A row for a table. */
export interface TableRow {
  readonly table: string
  readonly values: Values
}

/** The id of a row that was read as it is stored. */
export const idIn = ({ id }: Row): string => (id instanceof Uint8Array ? Buffer.from(id).toString() : String(id))

const overwriting = (columns: readonly string[], keep: readonly string[] = []): string =>
  columns
    .filter((name) => name !== 'id' && !keep.includes(name))
    .map((name) => `${quoted(name)} = excluded.${quoted(name)}`)
    .join(', ')

function inserting(table: string, row: Values): { readonly sql: string; readonly values: SqlValue[] } {
  const columns = Object.keys(row)
  const values = columns.map((name): SqlValue => row[name] ?? null)
  const sql = `INSERT INTO main.${quoted(table)} (${quotedList(columns)}) VALUES (${values.map(markOf).join(', ')})`
  return { sql, values: values.map(textBytes) }
}

/**
 * Writes a row of a table whose key is `id`.
 * @param keep columns that a row which is there keeps
 */
export function insertRow(db: WritableDatabase, table: string, row: Values, keep: readonly string[] = []): void {
  const { sql, values } = inserting(table, row)
  db.run(`${sql} ON CONFLICT (id) DO UPDATE SET ${overwriting(Object.keys(row), keep)}`, ...values)
}

/** A row of a table with another key; one that is there stays. */
export function insertIfAbsent(db: WritableDatabase, { table, values: row }: TableRow): void {
  const { sql, values } = inserting(table, row)
  db.run(`${sql} ON CONFLICT DO NOTHING`, ...values)
}

/** Rows that wait in a temporary table, and the table of the database that they go to. */
export interface StagedTable {
  readonly staged: 'in_message' | 'in_part'
  readonly table: string
  readonly columns: readonly string[]
}

/** Copies waiting rows into the database. @param condition on the waiting rows */
export function copyStaged(
  db: WritableDatabase,
  { staged, table, columns }: StagedTable,
  condition: string,
  ...params: string[]
): void {
  db.run(
    `INSERT INTO main.${table} (${quotedList(columns)}) SELECT ${quotedList(columns)} FROM temp.${staged} WHERE ${condition}
      ON CONFLICT (id) DO UPDATE SET ${overwriting(columns)}`,
    ...params,
  )
}

/**
 * Compares what is in the database with what was to be written.
 * @param which a further condition on `i`, the waiting row
 * @throws OcvaultError `failed` when a row is not as it was written
 */
export function readBack(
  db: WritableDatabase,
  { staged, table, columns }: StagedTable,
  session: string,
  which = '',
  ...params: string[]
): void {
  const differs = columns.map((name) => `m.${quoted(name)} IS NOT i.${quoted(name)}`).join(' OR ')
  const bad = db.get(
    `SELECT i.id FROM temp.${staged} i LEFT JOIN main.${table} m ON m.id = i.id
      WHERE i.session_id = ? ${which} AND (m.id IS NULL OR ${differs}) LIMIT 1`,
    session,
    ...params,
  )
  if (!bad) return
  throw new OcvaultError('failed', `${db.path} did not keep row ${bad.id} of ${table} as it was written; nothing is changed`)
}

/** Notes where the next event of a 2.x session is counted from. */
export function countMessages(db: WritableDatabase, table: string, session: string): void {
  db.run(
    `INSERT INTO main.event_sequence (aggregate_id, seq) SELECT ?, coalesce(max(seq), 0) FROM main.${table} WHERE session_id = ?
      ON CONFLICT (aggregate_id) DO UPDATE SET seq = max(seq, excluded.seq)`,
    session,
    session,
  )
}
