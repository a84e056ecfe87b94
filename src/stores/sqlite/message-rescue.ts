import { reasonOf } from '../../base/errors.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'
import type { MessageTable, PartTable } from './transcript-tables.ts'

/**
 * The rows of a statement; where damaged pages are in its way, all rows of the session that can be reached one by one, in order.
 */
export function messagesInReach(from: MessageTable, id: SessionID, read: () => Row[]): { rows: Row[]; rescued: boolean } {
  try {
    return { rows: read(), rescued: false }
  } catch (error) {
    if (!isCorruption(error)) throw error
  }
  const { db, log, name, columns } = from
  const rows = idsInReach(from, id).flatMap((messageID) => {
    try {
      return db.all(`SELECT ${columns} FROM ${name} WHERE id = ?`, messageID)
    } catch (error) {
      log.add(db.path, `session ${id}: message ${messageID}: ${reasonOf(error)}`)
      return []
    }
  })
  return { rows, rescued: true }
}

/** The ids of a session's messages in order: from the index, which holds them all, or from the table without it. */
function idsInReach({ db, log, name, order }: MessageTable, id: SessionID): string[] {
  let reason = ''
  for (const source of [name, `${name} NOT INDEXED`]) {
    try {
      return db.all(`SELECT id FROM ${source} WHERE session_id = ? ORDER BY ${order.join(', ')}`, id).map((row) => String(row.id))
    } catch (error) {
      reason = reasonOf(error)
    }
  }
  log.add(db.path, `session ${id}: damaged pages in table ${name} hide its messages (${reason})`)
  return []
}

/** Parts one by one, as one of the two indexes leads to them: by message, or by session. */
export function partsInReach({ db, log, id, columns }: PartTable, messageID: MessageID, sessionID: SessionID): Row[] {
  let ids: string[] = []
  try {
    ids = db.all(`SELECT ${id} FROM part WHERE message_id = ? ORDER BY id`, messageID).map((row) => String(row.id))
  } catch {
    try {
      const sql = `SELECT ${id} FROM part WHERE session_id = ? AND +message_id = ? ORDER BY id`
      ids = db.all(sql, sessionID, messageID).map((row) => String(row.id))
    } catch (error) {
      log.add(db.path, `message ${messageID}: damaged pages hide its parts (${reasonOf(error)})`)
    }
  }
  return ids.flatMap((part) => {
    try {
      return db.all(`SELECT ${columns} FROM part WHERE id = ?`, part)
    } catch (error) {
      log.add(db.path, `message ${messageID}: part ${part}: ${reasonOf(error)}`)
      return []
    }
  })
}
