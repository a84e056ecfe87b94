import { numberOf, objectOf, parseObject } from '../../base/json.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'

/** The events that OpenCode logs of what is said in a session (1.14 to 1.19), and of the session itself. */
const known = ['message.updated.1', 'message.removed.1', 'message.part.updated.1', 'message.part.removed.1', 'session.updated.1']

const hasLog = (db: Database) =>
  db.tables().has('event') && ['aggregate_id', 'type', 'data'].every((name) => db.columns('event').has(name))

/**
 * Sessions with rows, or events in OpenCode's log, that were inserted after those that a cursor counts: SQLite numbers rows
 * upwards.
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
  const look = (table: string, column: string, unseen: (last: number) => number) => {
    try {
      const last = numberOf(db.get(`SELECT max(rowid) AS last FROM ${table}`)?.last) ?? 0
      after[table] = last
      const seen = cursor === null ? last : (numberOf(before[table]) ?? unseen(last))
      if (seen === last) return
      const sql = `SELECT DISTINCT ${column} AS id FROM ${table} NOT INDEXED WHERE rowid > ?`
      for (const row of db.all(sql, seen)) sessions.add(String(row.id))
    } catch (error) {
      if (!isCorruption(error)) throw error
    }
  }
  for (const table of tables) if (db.columns(table).has('session_id')) look(table, 'session_id', () => 0)
  // The log is long: what was not counted is not looked through.
  if (hasLog(db)) look('event', 'aggregate_id', (last) => last)
  return { sessions, cursor: JSON.stringify(after) }
}

/**
 * The messages of a session that OpenCode's log, and rows that were inserted, name since a cursor; also such as were removed.
 * @returns null where that cannot be told
 */
export function messagesNamed(
  db: Database,
  tables: readonly string[],
  id: SessionID,
  cursor: string | null,
): { readonly messages: ReadonlySet<MessageID>; readonly events: number } | null {
  const before = objectOf(parseObject(cursor))
  const seen = numberOf(before.event)
  if (seen == null || !hasLog(db) || tables.some((table) => numberOf(before[table]) == null)) return null
  const field = (path: string) => `json_extract(data, '$.${path}')`
  const sql = `SELECT type, coalesce(${field('part.messageID')}, ${field('info.id')}, ${field('messageID')}) AS message
    FROM event NOT INDEXED WHERE rowid > ? AND aggregate_id = ?`
  const messages = new Set<MessageID>()
  try {
    const events = db.all(sql, seen, id)
    for (const { type, message } of events) {
      if (!known.includes(String(type)) || typeof message !== 'string') return null
      if (type !== 'session.updated.1') messages.add(message)
    }
    for (const table of tables) {
      const key = table === 'part' ? 'message_id' : 'id'
      const rows = `SELECT DISTINCT ${key} AS id FROM ${table} NOT INDEXED WHERE rowid > ? AND session_id = ?`
      for (const row of db.all(rows, numberOf(before[table])!, id)) messages.add(String(row.id))
    }
    return { messages, events: events.length }
  } catch {
    return null // damaged pages, or what is no JSON: the session is compared as a whole
  }
}
