import { reasonOf } from '../../base/errors.ts'
import { type JsonObject, numberOf, parseObject, textOf } from '../../base/json.ts'
import type { ProblemLog } from '../../base/problems.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import { type Database, isCorruption, type Row } from '../../sqlite/database.ts'
import type { MessageQuery, StoredMessage, StoredPart } from '../store.ts'

/** How many message rows a statement reads at once: short read transactions, and memory that does not grow with the session. */
const chunk = 50

/** How the messages of a session stand in a table: `keys` put them in order, the last of them is `id`. */
interface MessageTable {
  readonly table: string
  readonly columns: string
  readonly keys: readonly [string, 'id']
}

/** Where a walk over messages stands: the value of the first key, and the id. */
type Position = readonly [number | bigint, string]

/** A key as SQLite holds it: as a number, one beyond 2^53 would be rounded past its neighbours. */
const positionOf = (value: Row[string] | undefined) => (typeof value === 'bigint' ? value : (numberOf(value) ?? 0))

/** Rows of one session in order, read in chunks; where pages are damaged, those that can still be reached. */
function* rowsInOrder(db: Database, log: ProblemLog, from: MessageTable, id: SessionID, query: MessageQuery): Iterable<Row> {
  const { table, columns, keys } = from
  const { last } = query
  if (query.ids) {
    const wanted = new Set(query.ids)
    const sql = `SELECT ${columns} FROM ${table} WHERE +session_id = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY ${keys.join(', ')}`
    const rows = orRescued(db, log, from, id, () => db.all(sql, id, JSON.stringify(query.ids)))
    yield* rows.filter((row) => wanted.has(String(row.id)))
    return
  }
  const select = `SELECT ${columns} FROM ${table} WHERE session_id = ?`
  if (last !== undefined) {
    yield* orRescued(db, log, from, id, () => {
      const backwards = keys.map((key) => `${key} DESC`).join(', ')
      return db.all(`${select} ORDER BY ${backwards} LIMIT ?`, id, last).reverse()
    }).slice(-last)
    return
  }
  const order = keys.join(', ')
  for (let position: Position | undefined; ; ) {
    const after = position
    const rows = orRescued(
      db,
      log,
      from,
      id,
      () => {
        if (!after) return db.all(`${select} ORDER BY ${order} LIMIT ${chunk}`, id)
        return db.all(`${select} AND (${order}) > (?, ?) ORDER BY ${order} LIMIT ${chunk}`, id, ...after)
      },
      after,
    )
    yield* rows
    const end = rows.at(-1)
    if (!end || rows.length !== chunk) return
    position = [positionOf(end[keys[0]]), String(end.id)]
  }
}

/** The rows of a statement; where damaged pages are in its way, all the rows after a position that can be reached one by one. */
function orRescued(db: Database, log: ProblemLog, from: MessageTable, id: SessionID, read: () => Row[], after?: Position): Row[] {
  try {
    return read()
  } catch (error) {
    if (!isCorruption(error)) throw error
  }
  const rows = idsInReach(db, log, from, id).flatMap((messageID) => {
    try {
      return db.all(`SELECT ${from.columns} FROM ${from.table} WHERE id = ?`, messageID)
    } catch (error) {
      log.add(db.path, `session ${id}: message ${messageID}: ${reasonOf(error)}`)
      return []
    }
  })
  if (!after) return rows
  const [key] = from.keys
  return rows.filter((row) => {
    const at = positionOf(row[key])
    return at > after[0] || (at === after[0] && String(row.id) > after[1])
  })
}

/** The ids of a session's messages in order: from the index, which holds them all, or from the table without it. */
function idsInReach(db: Database, log: ProblemLog, { table, keys }: MessageTable, id: SessionID): string[] {
  let reason = ''
  for (const source of [table, `${table} NOT INDEXED`]) {
    try {
      return db.all(`SELECT id FROM ${source} WHERE session_id = ? ORDER BY ${keys.join(', ')}`, id).map((row) => String(row.id))
    } catch (error) {
      reason = reasonOf(error)
    }
  }
  log.add(db.path, `session ${id}: damaged pages in table ${table} hide its messages (${reason})`)
  return []
}

/** Rows of one session with their parsed data; a row whose data is damaged is named and passed by. */
function* parsedRows(
  db: Database,
  log: ProblemLog,
  from: MessageTable,
  id: SessionID,
  query: MessageQuery,
): Iterable<[Row, JsonObject]> {
  for (const row of rowsInOrder(db, log, from, id, query)) {
    const info = parseObject(textOf(row.data))
    if (info) yield [row, info]
    else log.add(db.path, `session ${id}: message ${row.id} is not a JSON object`)
  }
}

const v1Table: MessageTable = { table: 'message', columns: 'id, time_created, data', keys: ['time_created', 'id'] }

/** Messages of the `message` and `part` tables (1.2 to 1.19), in OpenCode's own order: (`time_created`, `id`), parts by `id`. */
export function* v1Messages(db: Database, log: ProblemLog, id: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  const { wanted } = query
  for (const [row, info] of parsedRows(db, log, v1Table, id, query)) {
    const messageID = String(row.id)
    const created = numberOf(row.time_created)
    const only = wanted?.(String(row.data)) ? undefined : wanted
    const parts = query.parts === false ? [] : v1Parts(db, log, messageID, id, query, only)
    yield { shape: 'v1', id: messageID, sessionID: id, type: null, created, info, parts, ...textFor(row, query) }
  }
}

/** How many messages of short sessions are read together. */
const together = 200

/**
 * The transcripts of many sessions. Those that are short together are read with two statements, which spares most of the time that
 * a statement costs besides its rows; a session that is longer, and any trouble with damaged pages, goes the usual way.
 */
export function* v1Transcripts(
  db: Database,
  log: ProblemLog,
  ids: readonly SessionID[],
  query: MessageQuery,
): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
  let batch: SessionID[] = []
  let count = 0
  const lengths = lengthsOf(db, ids)
  for (const id of ids) {
    const length = lengths?.get(id) ?? 0
    if (count + length > together || !lengths) {
      yield* v1Batch(db, log, batch, query)
      batch = []
      count = 0
    }
    if (length > together || !lengths) yield [id, v1Messages(db, log, id, query)]
    else {
      batch.push(id)
      count += length
    }
  }
  yield* v1Batch(db, log, batch, query)
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

function* v1Batch(
  db: Database,
  log: ProblemLog,
  ids: readonly SessionID[],
  query: MessageQuery,
): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
  if (ids.length === 0) return
  const list = JSON.stringify(ids)
  const messages = new Map<SessionID, Row[]>()
  const parts = new Map<MessageID, Row[]>()
  const within = 'session_id IN (SELECT value FROM json_each(?))'
  try {
    for (const row of db.all(
      `SELECT session_id, id, time_created, data FROM message WHERE ${within} ORDER BY time_created, id`,
      list,
    )) {
      append(messages, String(row.session_id), row)
    }
    // Not by session: a part's own word for its session is not what OpenCode goes by.
    const inMessages = JSON.stringify([...messages.values()].flat().map((row) => row.id))
    for (const row of db.all(
      'SELECT message_id, id, data FROM part WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY id',
      inMessages,
    )) {
      append(parts, String(row.message_id), row)
    }
  } catch (error) {
    if (!isCorruption(error)) throw error
    for (const id of ids) yield [id, v1Messages(db, log, id, query)]
    return
  }
  for (const id of ids) yield [id, v1Read(db, log, id, messages.get(id) ?? [], parts, query)]
}

function* v1Read(
  db: Database,
  log: ProblemLog,
  sessionID: SessionID,
  rows: readonly Row[],
  parts: ReadonlyMap<MessageID, Row[]>,
  query: MessageQuery,
): Iterable<StoredMessage> {
  const { wanted } = query
  for (const row of rows) {
    const id = String(row.id)
    const mine = parts.get(id) ?? []
    const passed = !wanted || wanted(String(row.data)) || mine.some((part) => wanted(String(part.data)))
    const info = parseObject(textOf(row.data))
    if (!info) log.add(db.path, `session ${sessionID}: message ${id} is not a JSON object`)
    else {
      const created = numberOf(row.time_created)
      const parts = passed ? parsedParts(db, log, id, mine, query) : []
      yield { shape: 'v1', id, sessionID, type: null, created, info, parts, ...textFor(row, query) }
    }
  }
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

const v2Table: MessageTable = { table: 'session_message', columns: 'id, type, seq, time_created, data', keys: ['seq', 'id'] }

/** Messages of `session_message` (2.x, and the previews of 1.17 to 1.19), ordered by `seq`. */
export function* v2Messages(db: Database, log: ProblemLog, id: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  for (const [row, info] of parsedRows(db, log, v2Table, id, query)) {
    const created = numberOf(row.time_created)
    const about = { id: String(row.id), sessionID: id, type: textOf(row.type), created }
    yield { shape: 'v2', ...about, info, parts: [], ...textFor(row, query) }
  }
}

/** @param wanted parts are parsed only where it is true of one of them, or of their message */
function v1Parts(
  db: Database,
  log: ProblemLog,
  messageID: MessageID,
  sessionID: SessionID,
  query: MessageQuery,
  wanted?: (json: string) => boolean,
): StoredPart[] {
  let rows: Row[]
  try {
    rows = db.all('SELECT id, data FROM part WHERE message_id = ? ORDER BY id', messageID)
  } catch (error) {
    if (!isCorruption(error)) throw error
    rows = rescueParts(db, log, messageID, sessionID)
  }
  if (wanted && !rows.some((row) => wanted(String(row.data)))) return []
  return parsedParts(db, log, messageID, rows, query)
}

function parsedParts(
  db: Database,
  log: ProblemLog,
  messageID: MessageID,
  rows: readonly Row[],
  query: MessageQuery,
): StoredPart[] {
  return rows.flatMap((row) => {
    const data = parseObject(textOf(row.data))
    if (!data) log.add(db.path, `message ${messageID}: part ${row.id} is not a JSON object`)
    return data ? [{ id: String(row.id), data, ...textFor(row, query) }] : []
  })
}

const textFor = ({ data }: Row, { json }: MessageQuery) => (json === true ? { json: String(data) } : undefined)

/** Parts one by one, as one of the two indexes leads to them: by message, or by session. */
function rescueParts(db: Database, log: ProblemLog, messageID: MessageID, sessionID: SessionID): Row[] {
  let ids: string[] = []
  try {
    ids = db.all('SELECT id FROM part WHERE message_id = ? ORDER BY id', messageID).map((row) => String(row.id))
  } catch {
    try {
      const sql = 'SELECT id FROM part WHERE session_id = ? AND +message_id = ? ORDER BY id'
      ids = db.all(sql, sessionID, messageID).map((row) => String(row.id))
    } catch (error) {
      log.add(db.path, `message ${messageID}: damaged pages hide its parts (${reasonOf(error)})`)
    }
  }
  return ids.flatMap((id) => {
    try {
      return db.all('SELECT id, data FROM part WHERE id = ?', id)
    } catch (error) {
      log.add(db.path, `message ${messageID}: part ${id}: ${reasonOf(error)}`)
      return []
    }
  })
}
