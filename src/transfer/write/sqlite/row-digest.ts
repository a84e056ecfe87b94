import { createHash, type Hash } from 'node:crypto'
import type { Row } from '../../../sqlite/port.ts'
import { quoted } from '../../../sqlite/quoted.ts'
import type { WritableDatabase } from '../../../sqlite/writable.ts'

/** Reads columns byte for byte: text as a blob, because `node:sqlite` cuts text at a NUL before Node 24.16. */
const exact = (columns: readonly string[]): string =>
  columns
    .map((name) => `iif(typeof(${quoted(name)}) = 'text', CAST(${quoted(name)} AS BLOB), ${quoted(name)}) AS ${quoted(name)}`)
    .join(', ')

/** Rows of a table as they are stored, by a condition. */
export function exactRows(
  db: WritableDatabase,
  table: string,
  columns: readonly string[],
  condition: string,
  ...params: (string | number)[]
): Iterable<Row> {
  return db.exactRows(`SELECT ${exact(columns)} FROM main.${quoted(table)} WHERE ${condition}`, ...params)
}

function feed(hash: Hash, row: Row): void {
  for (const value of Object.values(row)) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(`${typeof value} ${value}`)
    hash.update(`${bytes.length}:`).update(bytes)
  }
}

/** What tells a row from any other content it could have. */
export function rowDigest(row: Row): Uint8Array {
  const hash = createHash('sha256')
  feed(hash, row)
  return hash.digest()
}

/** A table and the columns that count. */
export interface DigestTable {
  readonly table: string
  readonly key: string
  readonly columns: readonly string[]
}

/** The digest of all rows of a session, and how many they are. */
export function sessionDigest(db: WritableDatabase, tables: readonly DigestTable[], id: string): Uint8Array {
  const hash = createHash('sha256')
  for (const { table, key, columns } of tables) {
    for (const row of exactRows(db, table, columns, `${quoted(key)} = ? ORDER BY id`, id)) feed(hash, row)
  }
  return hash.digest()
}
