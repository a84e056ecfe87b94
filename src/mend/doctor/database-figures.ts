import { statSync } from 'node:fs'
import type { Database } from '../../sqlite/database.ts'
import { exactTableSizes, type RowGroup, sizesBy, type TableSize } from './table-sizes.ts'

/** What a database consists of, in bytes. */
export interface DatabaseFigures {
  readonly path: string
  readonly bytes: number
  /** Of the log beside it. */
  readonly wal: number
  /** Pages that are in the file and hold nothing. */
  readonly free: number
  /** Largest first, each with its indexes. Estimated ones come without. */
  readonly tables: readonly TableSize[]
  readonly events: { readonly bytes: number; readonly types: readonly RowGroup[]; readonly sessions: readonly RowGroup[] }
  /** Whether tables and events were estimated from samples, because the database is too large to be read. */
  readonly isEstimate: boolean
}

/** Up to this size a database is read whole: for as long as a person waits. */
export const readUpToBytes = 2_000_000_000

/** How many sessions with the most events are named. */
const mostSessions = 5

/** Tables that take room, of 1.x and of 2.x. */
const large = ['event', 'part', 'message', 'session_message']

/**
 * @param upTo up to so many bytes a database is read whole
 */
export function databaseFigures(db: Database, upTo = readUpToBytes): DatabaseFigures {
  const bytes = statSync(db.path).size
  const exact = bytes <= upTo
  const page = Number(db.get('PRAGMA page_size')?.page_size)
  const free = Number(db.get('PRAGMA freelist_count')?.freelist_count) * page
  const present = db.tables()
  const known = exact ? exactTableSizes(db) : undefined
  const tables =
    known ??
    large
      .filter((table) => present.has(table))
      .map((table) => ({ table, bytes: sizesBy(db, table, '', exact).bytes }))
      .sort((a, b) => b.bytes - a.bytes)
  const types = present.has('event') ? sizesBy(db, 'event', 'type', exact) : undefined
  const sessions = present.has('event') ? sizesBy(db, 'event', 'aggregate_id', exact) : undefined
  return {
    path: db.path,
    bytes,
    wal: statSync(`${db.path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    free,
    tables,
    events: {
      bytes: tables.find(({ table }) => table === 'event')?.bytes ?? 0,
      types: types?.groups ?? [],
      sessions: sessions?.groups.slice(0, mostSessions) ?? [],
    },
    isEstimate: !exact,
  }
}
