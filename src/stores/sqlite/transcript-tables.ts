import { type JsonObject, numberOf, objectOf } from '../../base/json.ts'
import type { ProblemLog } from '../../base/problems.ts'
import type { Database } from '../../sqlite/database.ts'
import type { Row } from '../../sqlite/port.ts'
import { indexOn } from './index-on.ts'
import { jsonColumns } from './row-json.ts'

/** A table of messages, as this database has it. */
export interface MessageTable {
  readonly db: Database
  readonly log: ProblemLog
  readonly name: 'message' | 'session_message'
  /** The select list: `id`, `data`, `time_created`, what else was asked for, and as `key` the first key of the order. */
  readonly columns: string
  /** SQL for what puts messages in order: a number, and then the id. */
  readonly order: readonly [string, 'id']
}

/** When a message was made, in ms since the epoch: as its row says, else as it says itself. */
export function createdOf(row: Row, info: JsonObject | undefined): number | null {
  return numberOf(row.time_created) ?? numberOf(objectOf(info?.time).created)
}

/**
 * Looks what columns a table of messages has.
 * @param more columns that are read as well, NULL where there are none
 * @param key the column that puts messages in order; where it is missing, the time in the message does
 * @returns undefined, and a problem, where the table lacks a column without which nothing can be read
 */
export function messageTable(
  db: Database,
  log: ProblemLog,
  name: 'message' | 'session_message',
  more: readonly string[],
  key: 'time_created' | 'seq',
): MessageTable | undefined {
  const present = db.columns(name)
  const missing = ['id', 'session_id', 'data'].filter((column) => !present.has(column))
  if (missing.length > 0) {
    log.add(db.path, `table ${name} has no column ${missing.join(', ')}: its messages cannot be read`)
    return undefined
  }
  const time = "coalesce(iif(json_valid(data), json_extract(data, '$.time.created'), NULL), 0)"
  const first = present.has(key) ? key : time
  const others = ['time_created', ...more].map((column) => (present.has(column) ? column : `NULL AS ${column}`))
  return { db, log, name, columns: ['id', jsonColumns, `${first} AS "key"`, ...others].join(', '), order: [first, 'id'] }
}

/** The table `part` (1.2 to 1.19), as this database has it. */
export interface PartTable {
  readonly db: Database
  readonly log: ProblemLog
  readonly name: 'part'
  /** SQL for `id`, by which parts stand in order. */
  readonly id: string
  /** The select list: `id` and `data`. */
  readonly columns: string
  /** Whether parts can be counted by their session and by their message without reading them. */
  readonly counted: boolean
}

/** Looks what columns the table has; undefined, and a problem, where it lacks one without which no part can be read. */
export function partTable(db: Database, log: ProblemLog): PartTable | undefined {
  const present = db.columns('part')
  const missing = ['message_id', 'data'].filter((column) => !present.has(column))
  if (missing.length > 0) {
    log.add(db.path, `table part has no column ${missing.join(', ')}: the parts of messages cannot be read`)
    return undefined
  }
  // Rows are numbered as they were written.
  const id = present.has('id') ? 'id' : "printf('%s-%012d', message_id, rowid) AS id"
  const isIndexed = (column: string) => indexOn(db, 'part', column) !== undefined
  const counted = isIndexed('session_id') && isIndexed('message_id') && db.columns('message').has('id')
  return { db, log, name: 'part', id, columns: `${id}, ${jsonColumns}`, counted }
}
