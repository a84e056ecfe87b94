import { type JsonObject, numberOf, objectOf, parseObject, textOf } from '../../base/json.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import type { Row } from '../../sqlite/port.ts'
import type { MessageQuery, StoredMessage } from '../store.ts'

/** How many events are looked through at once: without what they hold. */
const chunk = 500

/** Where in the log the last word about each message and part of a session stands; those that were removed are not there. */
interface Outline {
  readonly messages: Map<MessageID, { seq: number; created: number; parts: Map<string, number> }>
}

/**
 * The events of one session, by number: `session.created.1`, `session.updated.1`, `message.updated.1`, `message.part.updated.1`
 * and what takes them back (1.14 to 1.19; each repeats the whole object). The rows are OpenCode's own record; the log is what is
 * left when they are gone.
 */
export class EventLog {
  readonly #db: Database
  readonly #id: SessionID

  constructor(db: Database, id: SessionID) {
    this.#db = db
    this.#id = id
  }

  /** The session's object as the last event says it. */
  info(): JsonObject {
    const sql = `SELECT data FROM event WHERE aggregate_id = ? AND type IN ('session.created.1', 'session.updated.1') ORDER BY seq`
    let info: JsonObject = {}
    for (const row of this.#db.all(sql, this.#id)) info = { ...info, ...objectOf(parseObject(textOf(row.data))?.info) }
    return { ...info, id: this.#id }
  }

  /** The same; undefined where the log does not tell of the session's beginning. */
  infoIfTold(): JsonObject | undefined {
    if (!this.#db.tables().has('event')) return undefined
    const info = this.info()
    return Object.keys(info).length > 1 ? info : undefined
  }

  *#events(): Iterable<Row> {
    const value = (path: string) => `iif(json_valid(data), json_extract(data, '$.${path}'), NULL)`
    const sql = `SELECT seq, type, ${value('info.id')} AS info, ${value('info.time.created')} AS created, ${value('part.id')} AS part,
      ${value('part.messageID')} AS owner, ${value('messageID')} AS message, ${value('partID')} AS removed
      FROM event WHERE aggregate_id = ? AND seq > ? AND type LIKE 'message.%' ORDER BY seq LIMIT ${chunk}`
    for (let after = -1; ; ) {
      const rows = this.#db.all(sql, this.#id, after)
      yield* rows
      if (rows.length < chunk) return
      after = Number(rows.at(-1)!.seq)
    }
  }

  #outline(): Outline {
    const messages: Outline['messages'] = new Map()
    const of = (id: MessageID) => {
      const message = messages.get(id) ?? { seq: -1, created: 0, parts: new Map<string, number>() }
      messages.set(id, message)
      return message
    }
    for (const row of this.#events()) {
      const seq = Number(row.seq)
      const message = textOf(row.info) ?? textOf(row.owner) ?? textOf(row.message)
      if (message === null) continue
      if (row.type === 'message.updated.1') {
        const known = of(message)
        known.seq = seq
        known.created = numberOf(row.created) ?? known.created
      } else if (row.type === 'message.part.updated.1') of(message).parts.set(String(row.part), seq)
      else if (row.type === 'message.part.removed.1') of(message).parts.delete(String(row.removed))
      else if (row.type === 'message.removed.1') messages.delete(message)
    }
    return { messages }
  }

  #data(seq: number): JsonObject | undefined {
    return parseObject(textOf(this.#db.get('SELECT data FROM event WHERE aggregate_id = ? AND seq = ?', this.#id, seq)?.data))
  }

  /** Messages with their parts as the last events say them, in OpenCode's order and as its rows would hold them. */
  *messages({ last, ids, parts: wanted }: MessageQuery = {}): Iterable<StoredMessage> {
    const order = [...this.#outline().messages].filter(([id, { seq }]) => seq >= 0 && (!ids || ids.includes(id)))
    order.sort(([a, { created: at }], [b, { created: bt }]) => at - bt || (a < b ? -1 : 1))
    for (const [id, { seq, created, parts }] of last === undefined ? order : order.slice(-last)) {
      const { id: _id, sessionID: _session, ...info } = objectOf(this.#data(seq)?.info)
      const read = [...parts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([partID, at]) => {
          const { id: _part, sessionID: _of, messageID: _in, ...data } = objectOf(this.#data(at)?.part)
          return { id: partID, data }
        })
      yield { shape: 'v1', id, sessionID: this.#id, type: null, created, info, parts: wanted === false ? [] : read }
    }
  }
}
