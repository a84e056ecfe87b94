import { type JsonObject, numberOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/port.ts'
import type { MessageQuery } from '../store.ts'
import { messagesInReach } from './message-rescue.ts'
import { objectIn } from './row-json.ts'
import type { MessageTable } from './transcript-tables.ts'

/** How many message rows a statement reads at once: short read transactions, and memory that does not grow with the session. */
const chunk = 50

/** Where a walk over messages stands: the value of the first key, and the id. */
type Position = readonly [number | bigint, string]

/** A key as SQLite holds it: as a number, one beyond 2^53 would be rounded past its neighbours. */
const positionOf = (value: Row[string] | undefined) => (typeof value === 'bigint' ? value : (numberOf(value) ?? 0))

/** Rows of one session in order, read in chunks; where pages are damaged, those that can still be reached. */
function* rowsInOrder(from: MessageTable, id: SessionID, query: MessageQuery): Iterable<Row> {
  const { db, name, columns } = from
  const order = from.order.join(', ')
  const { last } = query
  if (query.ids) {
    const wanted = new Set(query.ids)
    const sql = `SELECT ${columns} FROM ${name} WHERE +session_id = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY ${order}`
    const rows = orInReach(from, id, () => db.all(sql, id, JSON.stringify(query.ids)))
    yield* rows.filter((row) => wanted.has(String(row.id)))
    return
  }
  const select = `SELECT ${columns} FROM ${name} WHERE session_id = ?`
  if (last !== undefined) {
    const backwards = from.order.map((key) => `${key} DESC`).join(', ')
    const rows = orInReach(from, id, () => db.all(`${select} ORDER BY ${backwards} LIMIT ?`, id, last).reverse())
    yield* rows.slice(-last)
    return
  }
  for (let position: Position | undefined; ; ) {
    const after = position
    const rows = orInReach(
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
    position = [positionOf(end.key), String(end.id)]
  }
}

/** The rows of a statement; where damaged pages are in its way, all the rows after a position that can be reached one by one. */
function orInReach(from: MessageTable, id: SessionID, read: () => Row[], after?: Position): Row[] {
  const rows = messagesInReach(from, id, read)
  if (!rows.rescued || !after) return rows.rows
  return rows.rows.filter((row) => {
    const at = positionOf(row.key)
    return at > after[0] || (at === after[0] && String(row.id) > after[1])
  })
}

/** Rows of one session with their parsed data; of a row whose data is damaged that is undefined, and it is named. */
export function* messageRows(from: MessageTable, id: SessionID, query: MessageQuery): Iterable<[Row, JsonObject | undefined]> {
  for (const row of rowsInOrder(from, id, query)) {
    yield [row, objectIn(row, from, `session ${id}: message ${row.id}`)]
  }
}
