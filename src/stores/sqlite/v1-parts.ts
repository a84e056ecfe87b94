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
