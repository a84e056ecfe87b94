import { type JsonObject, numberOf, parseObject, textOf } from '../../base/json.ts'
import type { ProblemLog } from '../../base/problems.ts'
import type { Database } from '../../sqlite/database.ts'
import type { Row } from '../../sqlite/port.ts'
import { beginningBytes, type LongBytes, longestRecordBytes, longRecord, tooLong } from '../long-record.ts'
import type { MessageQuery } from '../store.ts'

/** The select list for the JSON of a row: its text, but for one that is too long, of which there is the length only. */
export const jsonColumns = `rowid AS "row", octet_length(data) AS bytes, iif(octet_length(data) > ${longestRecordBytes}, NULL, data) AS data`

/** How much of a long text is read at once. SQLite takes the whole of it into memory each time, so it is few times. */
const blockBytes = 64 * 2 ** 20

/** A table whose rows have JSON in `data`. */
interface JsonTable {
  readonly db: Database
  readonly log: ProblemLog
  readonly name: string
}

/** Whether a row, read by {@link jsonColumns}, is too long to be read whole. */
const isLong = ({ data, bytes }: Row) => data === null && Number(bytes) > longestRecordBytes

/** Whether a row may be wanted by a query that looks at texts before they are parsed: of one that is too long nobody can tell. */
export const mayBeWanted = (row: Row, wanted: (json: string) => boolean): boolean => isLong(row) || wanted(String(row.data))

/** The text of a row's JSON, where the query wants it beside the object. */
export const textFor = (row: Row, { json }: MessageQuery) =>
  json === true && !isLong(row) ? { json: String(row.data) } : undefined

/**
 * The object in a row; of one that is too long its beginning.
 * @param what how the row is called in problems
 * @returns undefined, and a problem, where it is no object
 */
export function objectIn(row: Row, from: JsonTable, what: string): JsonObject | undefined {
  const { db, log } = from
  const object = isLong(row) ? longObject(row, from) : parseObject(textOf(row.data))
  if (!object) log.add(db.path, `${what} is not a JSON object`)
  else if (isLong(row)) log.add(db.path, `${what} ${tooLong(Number(row.bytes))}`, 'long')
  return object
}

function longObject(row: Row, { db, name }: JsonTable): JsonObject | undefined {
  const long = longCell(db, { table: name, column: 'data' }, row.row as number | bigint, numberOf(row.bytes) ?? 0)
  return longRecord(long.piece(0, beginningBytes), { bytes: long.bytes, read: long.read })
}

/** A text or blob of a row that is too long to be read at once. @param bytes how long it is */
export function longCell(
  db: Database,
  { table, column }: { readonly table: string; readonly column: string },
  row: number | bigint,
  bytes: number,
): LongBytes & { piece(from: number, length: number): Uint8Array } {
  const sql = `SELECT substr(CAST("${column}" AS BLOB), ?, ?) AS piece FROM "${table}" WHERE rowid = ?`
  const piece = (from: number, length: number) => db.get(sql, from + 1, length, row)?.piece as Uint8Array
  const read = function* () {
    for (let at = 0; at < bytes; at += blockBytes) yield piece(at, blockBytes)
  }
  return { bytes, read, piece }
}
