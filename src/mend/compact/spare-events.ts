import type { SessionID } from '../../opencode/ids.ts'
import type { Readable } from '../../sqlite/port.ts'

/** The newest and the oldest message that the log of a session tells of, and that was not removed since, must have their rows. */
const toldMessage = (order: 'ASC' | 'DESC') => `(SELECT iif(json_valid(e.data), json_extract(e.data, '$.info.id'), '')
  FROM event AS e WHERE e.aggregate_id = s.id AND e.type = 'message.updated.1' ORDER BY e.seq ${order} LIMIT 1)`

const isThere = (
  order: 'ASC' | 'DESC',
) => `(${toldMessage(order)} IS NULL OR ${toldMessage(order)} IN (SELECT m.id FROM message AS m)
  OR EXISTS (SELECT 1 FROM event AS r WHERE r.aggregate_id = s.id AND r.type = 'message.removed.1'))`

/**
 * Sessions whose events nobody needs, because all that they tell is in rows: a session has its own, and its messages have
 * theirs. Where the rows are gone, the log is what is left of a session, and stays. OpenCode 1.14 to 1.19 write the log and read
 * none of it back.
 * @param before ms since the epoch: only sessions that were not updated since
 */
export function sessionsWithSpareEvents(db: Readable, before: number): SessionID[] {
  const tables = db.tables()
  if (!['event', 'event_sequence', 'session', 'message'].every((table) => tables.has(table))) return []
  const preview = tables.has('session_message') ? 'OR EXISTS (SELECT 1 FROM session_message AS p WHERE p.session_id = s.id)' : ''
  const has = `EXISTS (SELECT 1 FROM message AS m WHERE m.session_id = s.id) ${preview}`
  const saysNothing = `NOT EXISTS (SELECT 1 FROM event AS e WHERE e.aggregate_id = s.id AND e.type LIKE 'message.%')`
  const sql = `SELECT s.id FROM session AS s WHERE s.time_updated < ? AND EXISTS (SELECT 1 FROM event AS e WHERE e.aggregate_id = s.id)
    AND (${has} OR ${saysNothing}) AND ${isThere('ASC')} AND ${isThere('DESC')}`
  return db.all(sql, before).map(({ id }) => String(id))
}
