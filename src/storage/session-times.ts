import { type MessageID, type SessionID, timeOfID } from '../opencode/ids.ts'
import type { Database } from '../sqlite/database.ts'
import { marginMs } from './store-layer.ts'

/** The sessions of a table at whose time a message was made, as its id tells it; none for an id that does not. */
export function sessionsAt(db: Database, table: 'session' | 'session_v2', id: MessageID): SessionID[] {
  const time = timeOfID(id)
  const columns = db.columns(table)
  if (time === undefined || !columns.has('time_created') || !columns.has('time_updated')) return []
  const sql = `SELECT id FROM ${table} WHERE time_created <= ? AND time_updated >= ?`
  return db.all(sql, time + marginMs, time - marginMs).map((row) => String(row.id))
}
