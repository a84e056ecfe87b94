import type { MessageID, SessionID } from '../opencode/ids.ts'
import { numberOf, parseObject, textOf } from '../opencode/json.ts'
import { type Database, isCorruption, type Row } from './database.ts'
import { reasonOf } from './errors.ts'
import type { ProblemLog } from './problems.ts'
import type { MessageQuery, StoredMessage, StoredPart } from './store.ts'

/** How many message rows a statement reads at once: short read transactions, and memory that does not grow with the session. */
const chunk = 50

/**
 * Rows of one session in an order of two keys, read in chunks; a chunk with damaged pages is read row by row.
 * @param sql the statement up to `WHERE session_id = ?`, selecting `id` and both keys
 */
function* rowsInOrder(
  db: Database,
  log: ProblemLog,
  sql: string,
  keys: [string, string],
  id: SessionID,
  last?: number,
): Iterable<Row> {
  const order = keys.join(', ')
  if (last !== undefined) {
    const backwards = keys.map((key) => `${key} DESC`).join(', ')
    yield* db.all(`${sql} ORDER BY ${backwards} LIMIT ?`, id, last).reverse()
    return
  }
  for (let position: [number | string, number | string] | undefined; ; ) {
    const where = position ? ` AND (${order}) > (?, ?)` : ''
    const params = position ? [id, ...position] : [id]
    const read = (limit: number) => db.all(`${sql}${where} ORDER BY ${order} LIMIT ${limit}`, ...params)
    let rows: Row[]
    try {
      rows = read(chunk)
    } catch (error) {
      if (!isCorruption(error)) throw error
      try {
        rows = read(1)
      } catch (damage) {
        if (!isCorruption(damage)) throw damage
        log.add(
          db.path,
          `session ${id}: messages after ${position?.[1] ?? 'the start'} are on damaged pages (${reasonOf(damage)})`,
        )
        return
      }
    }
    yield* rows
    const end = rows.at(-1)
    if (!end || (rows.length < chunk && rows.length > 1)) return
    position = [end[keys[0]] as number, end[keys[1]] as string]
  }
}

/** Messages of the `message` and `part` tables (1.2 to 1.19), in OpenCode's own order: (`time_created`, `id`), parts by `id`. */
export function* v1Messages(db: Database, log: ProblemLog, id: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  const sql = 'SELECT id, time_created, data FROM message WHERE session_id = ?'
  for (const row of rowsInOrder(db, log, sql, ['time_created', 'id'], id, query.last)) {
    const messageID = String(row.id)
    const info = parseObject(textOf(row.data))
    if (!info) {
      log.add(db.path, `session ${id}: message ${messageID} is not a JSON object`)
      continue
    }
    const parts = query.parts === false ? [] : v1Parts(db, log, messageID)
    yield { shape: 'v1', id: messageID, sessionID: id, type: null, created: numberOf(row.time_created), info, parts }
  }
}

function v1Parts(db: Database, log: ProblemLog, messageID: MessageID): StoredPart[] {
  let rows: Row[]
  try {
    rows = db.all('SELECT id, data FROM part WHERE message_id = ? ORDER BY id', messageID)
  } catch (error) {
    if (!isCorruption(error)) throw error
    rows = salvageParts(db, log, messageID)
  }
  return rows.flatMap((row) => {
    const data = parseObject(textOf(row.data))
    if (!data) log.add(db.path, `message ${messageID}: part ${row.id} is not a JSON object`)
    return data ? [{ id: String(row.id), data }] : []
  })
}

function salvageParts(db: Database, log: ProblemLog, messageID: MessageID): Row[] {
  const rows: Row[] = []
  try {
    for (let after = ''; ; ) {
      const next = db.get('SELECT id FROM part WHERE message_id = ? AND id > ? ORDER BY id LIMIT 1', messageID, after)
      if (!next) return rows
      after = String(next.id)
      try {
        rows.push(...db.all('SELECT id, data FROM part WHERE id = ?', after))
      } catch (error) {
        log.add(db.path, `message ${messageID}: part ${after}: ${reasonOf(error)}`)
      }
    }
  } catch (error) {
    log.add(db.path, `message ${messageID}: parts on damaged pages (${reasonOf(error)})`)
    return rows
  }
}

/** Messages of `session_message` (2.x, and the previews of 1.17 to 1.19), ordered by `seq`. */
export function* v2Messages(db: Database, log: ProblemLog, id: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  const sql = 'SELECT id, type, seq, time_created, data FROM session_message WHERE session_id = ?'
  for (const row of rowsInOrder(db, log, sql, ['seq', 'id'], id, query.last)) {
    const messageID = String(row.id)
    const info = parseObject(textOf(row.data))
    if (!info) {
      log.add(db.path, `session ${id}: message ${messageID} is not a JSON object`)
      continue
    }
    yield {
      shape: 'v2',
      id: messageID,
      sessionID: id,
      type: textOf(row.type),
      created: numberOf(row.time_created),
      info,
      parts: [],
    }
  }
}
