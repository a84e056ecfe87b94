import { isUtf8 } from 'node:buffer'
import type { Row, SqlValue } from '../../../sqlite/port.ts'
import { longestRecordBytes } from '../../../stores/long-record.ts'
import type { RawRecord } from '../../../stores/store.ts'
import type { Values } from './layout.ts'

type RawRow = Extract<RawRecord, { readonly table: string }>
export type RawValue = Uint8Array | number | bigint | null

/** Text that a JS string holds as well, as one; other bytes of text, and what is long, as they are. */
export function readable(value: RawValue): SqlValue {
  if (!(value instanceof Uint8Array) || value.length > longestRecordBytes) return value
  return isUtf8(value) ? Buffer.from(value.buffer, value.byteOffset, value.length).toString() : value
}

/** A stored row for the columns that a table has. @param onDropped is told of the others that hold something */
export function valuesOf({ table, columns }: RawRow, there: ReadonlySet<string>, onDropped: (column: string) => void): Values {
  const kept: [string, SqlValue][] = []
  for (const [name, value] of columns) {
    if (there.has(name)) kept.push([name, readable(value)])
    else if (value !== null && value !== 0) onDropped(`${table}.${name}`)
  }
  return Object.fromEntries(kept)
}

/** How a value is bound: bytes are those of a text. */
export const markOf = (value: SqlValue): string => (value instanceof Uint8Array ? 'CAST(? AS TEXT)' : '?')

/** Bytes of text to be bound. Without any, Node binds NULL; the empty text is the same as no bytes. */
export function textBytes<T extends Row[string] | SqlValue>(value: T): T | '' {
  return value instanceof Uint8Array && value.length === 0 ? '' : value
}

export const isRow = (record: RawRecord): record is RawRow => 'table' in record
