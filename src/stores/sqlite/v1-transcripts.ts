import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'
import { messageOfRemains } from '../remains.ts'
import type { MessageQuery, StoredMessage } from '../store.ts'
import { mayBeWanted, objectIn, textFor } from './row-json.ts'
import { createdOf, type MessageTable } from './transcript-tables.ts'
import type { V1Tables } from './v1-messages.ts'
import { parsedParts, sessionsWithMoreParts } from './v1-parts.ts'

/** How many messages of short sessions are read together. */
const together = 200

type Alone = (id: SessionID) => Iterable<StoredMessage>
type Transcript = readonly [SessionID, Iterable<StoredMessage>]

/**
 * The transcripts of many sessions. Those that are short together are read with two statements, which spares most of the time
 * that a statement costs besides its rows; a session that is longer, and any trouble with damaged pages, goes the usual way.
 * @param alone reads one session in the usual way: whole, and where nothing else is left from its events
 */
export function* v1Transcripts(
  tables: V1Tables,
  ids: readonly SessionID[],
  query: MessageQuery,
  alone: Alone,
): Iterable<Transcript> {
  const { messages, parts } = tables
  const lengths = messages && parts && lengthsOf(messages.db, ids)
  if (!lengths) {
    for (const id of ids) yield [id, alone(id)]
    return
  }
  let batch: SessionID[] = []
  let count = 0
  for (const id of ids) {
    const length = lengths.get(id) ?? 0
    if (count + length > together) {
      yield* readTogether(tables, messages, batch, query, alone)
      batch = []
      count = 0
    }
    // What is without rows may have events.
    if (length > together || length === 0) yield [id, alone(id)]
    else {
      batch.push(id)
      count += length
    }
  }
  yield* readTogether(tables, messages, batch, query, alone)
}

/** How many messages sessions have; undefined where damaged pages hide it. */
function lengthsOf(db: Database, ids: readonly SessionID[]): Map<SessionID, number> | undefined {
  const sql = `SELECT session_id AS id, count(*) AS n FROM message WHERE session_id IN (SELECT value FROM json_each(?)) GROUP BY session_id`
  try {
    return new Map(db.all(sql, JSON.stringify(ids)).map((row) => [String(row.id), Number(row.n)]))
  } catch (error) {
    if (!isCorruption(error)) throw error
    return undefined
  }
}

function* readTogether(
  tables: V1Tables,
  from: MessageTable,
  ids: readonly SessionID[],
  query: MessageQuery,
  alone: Alone,
): Iterable<Transcript> {
  if (ids.length === 0) return
  const messages = new Map<SessionID, Row[]>()
  const parts = new Map<string, Row[]>()
  try {
    const within = 'session_id IN (SELECT value FROM json_each(?))'
    const sql = `SELECT session_id, ${from.columns} FROM message WHERE ${within} ORDER BY ${from.order.join(', ')}`
    for (const row of from.db.all(sql, JSON.stringify(ids))) append(messages, String(row.session_id), row)
    // Not by session: a part's own word for its session is not what OpenCode goes by.
    const inMessages = JSON.stringify([...messages.values()].flat().map((row) => row.id))
    const all = `SELECT message_id, ${tables.parts?.columns} FROM part WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY id`
    if (query.parts !== false) for (const row of from.db.all(all, inMessages)) append(parts, String(row.message_id), row)
  } catch (error) {
    if (!isCorruption(error)) throw error
    for (const id of ids) yield [id, alone(id)]
    return
  }
  const more = tables.parts ? sessionsWithMoreParts(tables.parts, ids) : new Set()
  for (const id of ids)
    yield more.has(id) ? [id, alone(id)] : [id, messagesIn(tables, from, id, messages.get(id) ?? [], parts, query)]
}

function* messagesIn(
  tables: V1Tables,
  from: MessageTable,
  sessionID: SessionID,
  rows: readonly Row[],
  parts: ReadonlyMap<string, Row[]>,
  query: MessageQuery,
): Iterable<StoredMessage> {
  const { wanted } = query
  for (const row of rows) {
    const id = String(row.id)
    const mine = parts.get(id) ?? []
    const passed = !wanted || [row, ...mine].some((one) => mayBeWanted(one, wanted))
    const info = objectIn(row, from, `session ${sessionID}: message ${id}`)
    const created = createdOf(row, info)
    const read = passed && tables.parts ? parsedParts(tables.parts, id, mine, query) : []
    if (info) yield { shape: 'v1', id, sessionID, type: null, created, info, parts: read, ...textFor(row, query) }
    else if (read.length > 0) yield messageOfRemains(sessionID, id, created, read)
  }
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
