import type { MessageID, SessionID } from '../../opencode/ids.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'
import type { MessageQuery, StoredPart } from '../store.ts'
import { partsInReach } from './message-rescue.ts'
import { mayBeWanted, objectIn, textFor } from './row-json.ts'
import type { PartTable } from './transcript-tables.ts'

/**
 * The parts of one message in OpenCode's order.
 * @param wanted parts are parsed only where it is true of one of them
 */
export function partsOf(
  from: PartTable,
  messageID: MessageID,
  sessionID: SessionID,
  query: MessageQuery,
  wanted?: (json: string) => boolean,
): StoredPart[] {
  let rows: Row[]
  try {
    rows = from.db.all(`SELECT ${from.columns} FROM part WHERE message_id = ? ORDER BY id`, messageID)
  } catch (error) {
    if (!isCorruption(error)) throw error
    rows = partsInReach(from, messageID, sessionID)
  }
  if (wanted && !rows.some((row) => mayBeWanted(row, wanted))) return []
  return parsedParts(from, messageID, rows, query)
}

/** The parts in these rows; one whose data is damaged is named and passed by. */
export function parsedParts(from: PartTable, messageID: MessageID, rows: readonly Row[], query: MessageQuery): StoredPart[] {
  return rows.flatMap((row) => {
    const data = objectIn(row, from, `message ${messageID}: part ${row.id}`)
    return data ? [{ id: String(row.id), data, ...textFor(row, query) }] : []
  })
}

/**
 * Messages of a session of which only parts are left, in no order. Looked for only where the session has more parts than its
 * messages: counting both costs no look at a part.
 * @param among only these messages
 */
export function messagesWithoutRow(from: PartTable, id: SessionID, among?: readonly MessageID[]): MessageID[] {
  if (among && haveRows(from, among)) return []
  if (!sessionsWithMoreParts(from, [id]).has(id)) return []
  const without = `SELECT DISTINCT message_id AS id FROM part WHERE session_id = ? AND NOT EXISTS
    (SELECT 1 FROM message WHERE message.id = part.message_id)`
  try {
    const ids = from.db.all(without, id).map((row) => String(row.id))
    return among ? ids.filter((message) => among.includes(message)) : ids
  } catch (error) {
    if (!isCorruption(error)) throw error
    return [] // damaged pages are named where the rows are read
  }
}

/** Whether all of these messages have a row: a few look-ups, where counting the parts of a long session takes a while. */
function haveRows({ db }: PartTable, ids: readonly MessageID[]): boolean {
  try {
    const sql = 'SELECT count(*) AS n FROM message WHERE id IN (SELECT value FROM json_each(?))'
    return db.get(sql, JSON.stringify(ids))?.n === new Set(ids).size
  } catch {
    return false // without the table, or damaged: looked for in the usual way
  }
}

/** Those of these sessions that have more parts than their messages have. */
export function sessionsWithMoreParts({ db, counted }: PartTable, ids: readonly SessionID[]): Set<SessionID> {
  if (!counted) return new Set()
  const ofSession = '(SELECT count(*) FROM part WHERE session_id = value)'
  const ofMessages = '(SELECT count(*) FROM part WHERE message_id IN (SELECT id FROM message WHERE session_id = value))'
  try {
    const rows = db.all(`SELECT value AS id FROM json_each(?) WHERE ${ofSession} > ${ofMessages}`, JSON.stringify(ids))
    return new Set(rows.map((row) => String(row.id)))
  } catch (error) {
    if (!isCorruption(error)) throw error
    return new Set()
  }
}
