import type { Row } from '../../sqlite/port.ts'
import type { Pointer } from './json-places.ts'

/** A value of a row that has an `id`. */
export interface ValueEdit {
  readonly kind: 'value'
  /** The database. */
  readonly store: string
  readonly table: string
  readonly id: string
  readonly column: string
  readonly before: string | number | null
  readonly after: string | number | null
}

/** A text in the JSON of a row that has an `id`, or of a file. Both as they stand there, in their quotes. */
export interface JsonEdit {
  readonly kind: 'json'
  /** The database, or the file. */
  readonly store: string
  /** Null for a file. */
  readonly row: { readonly table: string; readonly id: string; readonly column: string } | null
  readonly pointer: Pointer
  readonly before: string
  readonly after: string
}

/** A whole row that comes or goes, of a table of few columns and rows. Text is bytes. */
export interface RowEdit {
  readonly kind: 'row'
  readonly store: string
  readonly table: string
  readonly comes: boolean
  readonly row: Row
}

/** A file or folder that gets another name in its file system. */
interface MoveEdit {
  readonly kind: 'move'
  readonly from: string
  readonly to: string
}

/** A small file with another content; null where there is none. */
interface WriteEdit {
  readonly kind: 'write'
  readonly path: string
  readonly before: Uint8Array | null
  readonly after: Uint8Array | null
}

/** A database in whose place another one was put, while it keeps a further name. */
export interface SwapEdit {
  readonly kind: 'swap'
  readonly path: string
  /** The name of the one that was there before. */
  readonly kept: string
  /** What tells the one that was put there, as long as nobody writes to it: {@link fileMark}. */
  readonly mark: string
  /** Whether it is taken back. */
  readonly back: boolean
}

/** One thing that is changed in a store, or beside it, and can be taken back by itself, whatever else has changed since. */
export type Edit = ValueEdit | JsonEdit | RowEdit | MoveEdit | WriteEdit | SwapEdit
