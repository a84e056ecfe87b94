import type { JsonObject } from '../../../base/json.ts'
import type { SqlValue } from '../../../sqlite/port.ts'
import type { Generation } from '../../../stores/catalog/discover.ts'
import type { Exported } from '../writer.ts'

export type Values = Readonly<Record<string, SqlValue>>

/** A message's row, and those of its parts. */
export interface MessageRows {
  readonly message: Values
  readonly parts: readonly Values[]
}

/** What says where a session is; one that is there stays where it is. */
export const locationColumns = ['project_id', 'workspace_id', 'directory', 'path'] as const

/** How one generation lays a session out in rows. */
export interface Layout<E extends Exported> {
  readonly generation: Generation
  readonly session: string
  readonly message: string
  readonly part: string | null
  /** Columns without which nothing can be written. */
  readonly needs: Readonly<Record<string, readonly string[]>>
  /** @param time now, in ms: rows say when they were written */
  sessionRow(info: JsonObject, columns: ReadonlySet<string>): Values
  messages(exported: E, time: number): Iterable<MessageRows>
}

/** A JSON column: null where there is nothing. */
export const jsonColumn = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value)

const isValue = (value: unknown): value is SqlValue => value === null || typeof value === 'string' || typeof value === 'number'

/** A value for a column of text or numbers; what is neither, is not there. */
export const column = (value: unknown): SqlValue => (isValue(value) ? value : null)

/** Columns that no known release has, and that the session brings along under their own names (`stores/session-object.ts`). */
export function unknownColumns(info: JsonObject, known: Values, columns: ReadonlySet<string>): Values {
  const entries = Object.entries(info).filter(([key, value]) => columns.has(key) && !Object.hasOwn(known, key) && isValue(value))
  return Object.fromEntries(entries) as Values
}

/** A number that old sessions do not tell: then it is left to the column's default, and what is there stays. */
export const given = (name: string, value: unknown): Values => (typeof value === 'number' ? { [name]: value } : {})
