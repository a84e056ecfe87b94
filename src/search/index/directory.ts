import type { SessionID } from '../../opencode/ids.ts'
import type { Meta, Prepared } from './meta.ts'

/** All sessions of an index as columns, in the order of their units: what a search needs of every session, loaded at once. */
export interface Directory {
  readonly ids: readonly SessionID[]
  /** Number of the session's first unit; its units follow one another. */
  readonly first: Float64Array
  readonly units: Float64Array
  readonly messages: Float64Array
  /** ms since the epoch. */
  readonly updated: Float64Array
  /** Number of the parent in this directory; -1 for none, -2 for one that is not here. */
  readonly parents: Float64Array
  readonly archived: Float64Array
  /** Number of the project and directory in `origins`. */
  readonly origin: Float64Array
  readonly origins: readonly { readonly projectID: string | null; readonly directory: string | null }[]
  /** A bit for each unit: whether it is the first of its message. */
  readonly starts: Uint8Array
}

const columns = ['first', 'units', 'messages', 'updated', 'parents', 'archived', 'origin'] as const
type Columns = Record<(typeof columns)[number], Float64Array<ArrayBuffer>>

/** Makes the directory of the sessions that an index holds now, and keeps it in the index. */
export function writeDirectory(prepared: Prepared, meta: Meta): void {
  const count = prepared('SELECT count(*) AS n, max(first + units) AS end FROM session').get()!
  const values = Object.fromEntries(columns.map((column) => [column, new Float64Array(Number(count.n))])) as Columns
  const starts = new Uint8Array((Number(count.end ?? 0) >> 3) + 1)
  const number = new Map<SessionID, number>()
  for (const { id } of prepared('SELECT id FROM session ORDER BY first').iterate()) number.set(String(id), number.size)
  const origins = new Map<string, number>()
  const rows = prepared(
    'SELECT parent, project, directory, updated, archived, first, units, messages, starts FROM session ORDER BY first',
  )
  let at = 0
  for (const row of rows.iterate()) {
    for (const column of ['first', 'units', 'messages', 'updated', 'archived'] as const) values[column][at] = Number(row[column])
    values.parents[at] = number.get(String(row.parent)) ?? (row.parent === null ? -1 : -2)
    const origin = JSON.stringify([row.project, row.directory])
    if (!origins.has(origin)) origins.set(origin, origins.size)
    values.origin[at] = origins.get(origin)!
    for (const start of JSON.parse(String(row.starts)) as number[]) {
      const unit = Number(row.first) + start
      starts[unit >> 3]! |= 1 << (unit & 7)
    }
    at++
  }
  for (const column of columns) meta.set(column, new Uint8Array(values[column].buffer))
  meta.set('starts', starts)
  meta.set(
    'size',
    values.messages.reduce((sum, count) => sum + count, 0),
  )
  meta.set('ids', JSON.stringify([...number.keys()]))
  meta.set('origins', `[${[...origins.keys()].join(',')}]`)
}

/** The directory as it was last written. */
export function readDirectory(meta: Meta): Directory {
  const numbers = Object.fromEntries(
    columns.map((column) => [column, new Float64Array(meta.bytes(column).slice().buffer)]),
  ) as Columns
  const pairs = JSON.parse(meta.text('origins') ?? '[]') as [string | null, string | null][]
  const origins = pairs.map(([projectID, directory]) => ({ projectID, directory }))
  return { ...numbers, ids: JSON.parse(meta.text('ids') ?? '[]') as string[], starts: meta.bytes('starts'), origins }
}

/** The number of the first unit of the message that a unit is in: the same for all of a message. */
export function firstOfMessage({ starts }: Directory, unit: number): number {
  let at = unit
  while (at > 0 && (starts[at >> 3]! & (1 << (at & 7))) === 0) at--
  return at
}
