import type { SessionID } from '../opencode/ids.ts'
import { numberOf, objectOf, parseObject } from '../opencode/json.ts'
import { type Database, isCorruption, type Row } from './database.ts'
import { reasonOf } from './errors.ts'
import type { ProblemLog } from './problems.ts'

/**
 * What changes with each session, from its own row, from OpenCode's event log (1.14 and later count every change of a session in
 * `event_sequence`; an import by OpenCode leaves it out, but not new rows), and from the tables of its transcript: how many rows, their
 * times, and how long they are, all of which SQLite tells without reading the long text itself.
 */
export function sessionMarks(
  db: Database,
  rows: ReadonlyMap<SessionID, string>,
  tables: readonly string[],
  log: ProblemLog,
): Map<SessionID, string> {
  const marks = new Map(rows)
  const add = (sql: string, table: string) => {
    for (const row of rowsOf(db, sql, table, log)) {
      const id = String(row.id)
      const mark = marks.get(id)
      if (mark !== undefined) marks.set(id, `${mark}|${row.mark}`)
    }
  }
  if (db.tables().has('event_sequence')) add('SELECT aggregate_id AS id, seq AS mark FROM event_sequence', 'event_sequence')
  for (const table of tables) {
    const mark = "count(*) || '.' || total(time_updated) || '.' || total(length(CAST(id AS BLOB)) + octet_length(data))"
    add(`SELECT session_id AS id, ${mark} AS mark FROM ${table} NOT INDEXED GROUP BY session_id`, table)
  }
  return marks
}

/**
 * Sessions with rows that were inserted after those that a cursor counts: SQLite numbers rows upwards.
 * @param cursor as this function gave it before, or null
 */
export function rowsAdded(
  db: Database,
  tables: readonly string[],
  cursor: string | null,
): { sessions: ReadonlySet<SessionID>; cursor: string } {
  const before = objectOf(parseObject(cursor))
  const after: Record<string, number> = {}
  const sessions = new Set<SessionID>()
  for (const table of tables) {
    try {
      after[table] = numberOf(db.get(`SELECT max(rowid) AS last FROM ${table}`)?.last) ?? 0
      const seen = cursor === null ? after[table] : (numberOf(before[table]) ?? 0)
      for (const row of db.all(`SELECT DISTINCT session_id AS id FROM ${table} WHERE rowid > ?`, seen))
        sessions.add(String(row.id))
    } catch (error) {
      if (!isCorruption(error)) throw error
    }
  }
  return { sessions, cursor: JSON.stringify(after) }
}

function rowsOf(db: Database, sql: string, table: string, log: ProblemLog): Row[] {
  try {
    return db.all(sql)
  } catch (error) {
    if (!isCorruption(error)) throw error
    log.add(db.path, `table ${table}: ${reasonOf(error)}; changes of sessions may be overlooked`)
    return []
  }
}
