import { textOf } from '../base/json.ts'
import { toV1 } from '../convert/exported.ts'
import { derivedMessageID } from '../convert/ids.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import { Database } from '../sqlite/database.ts'
import type { Row } from '../sqlite/port.ts'
import type { Store } from '../stores/store.ts'
import { sessionsAt } from './session-times.ts'
import { StoreLayer, type TreeMessage } from './store-layer.ts'

/** So far around a message is looked for what its conversion depends on: who was asked, and who answered. */
const reach = 48

/** A database of 2.x: one message is converted with those around it that it depends on. */
export class V2Layer extends StoreLayer {
  readonly #db: Database
  readonly #isOrdered: boolean
  readonly #sessions: 'session' | 'session_v2'

  constructor(store: Store) {
    super(store)
    this.#db = new Database(store.path)
    this.#sessions = this.#db.tables().has('session_v2') ? 'session_v2' : 'session'
    const columns = this.#db.tables().has('session_message') ? this.#db.columns('session_message') : new Set()
    this.#isOrdered = ['id', 'session_id', 'type', 'seq'].every((name) => columns.has(name))
  }

  protected override message(sessionID: SessionID, id: MessageID, parts: boolean): TreeMessage | undefined {
    const info = this.store.info(sessionID)
    const ids = this.#isOrdered ? this.#around(sessionID, id) : []
    if (info && ids.length > 0) {
      const messages = this.store.messages(sessionID, { ids, parts })
      for (const message of toV1({ ...info, messages }).messages) if (message.info.id === id) return message
    }
    return super.message(sessionID, id, parts)
  }

  /**
   * The messages that one is converted with: back to who was asked and to who answered before, and what stands before those;
   * onwards to the next answer. None where it is no row.
   */
  #around(sessionID: SessionID, id: MessageID): MessageID[] {
    const at = this.#row(id)
    if (at?.session_id !== sessionID) return []
    const select = 'SELECT id, type FROM session_message WHERE session_id = ? AND seq'
    const before = this.#db.all(`${select} < ? ORDER BY seq DESC LIMIT ${reach}`, sessionID, at.seq!)
    const onwards = this.#db.all(`${select} >= ? ORDER BY seq LIMIT ${reach}`, sessionID, at.seq!)
    const isAnswer = ({ type }: Row) => type === 'assistant'
    const asked = before.findIndex((row) => !isAnswer(row))
    const answered = before.findIndex(isAnswer)
    const needed = asked < 0 || answered < 0 ? before.length : Math.max(asked, answered) + 2
    const next = onwards.findIndex(isAnswer)
    const window = [...before.slice(0, needed).reverse(), ...onwards.slice(0, next < 0 ? reach : next + 1)]
    return window.map((row) => String(row.id))
  }

  #row(id: MessageID): Row | undefined {
    return this.#db.get('SELECT session_id, seq FROM session_message WHERE id = ?', id)
  }

  override sessionOf(id: MessageID): SessionID | undefined {
    if (!this.#isOrdered) return super.sessionOf(id)
    const row = this.#row(id) ?? this.#origin(id)
    return textOf(row?.session_id) ?? super.sessionOf(id)
  }

  /** The row of which a conversion makes two messages, the first with this id. */
  #origin(id: MessageID): Row | undefined {
    const [, hex] = /^msg_([0-9a-f]{12})/.exec(id) ?? []
    if (hex === undefined) return undefined
    const next = (BigInt(`0x${hex}`) + 1n).toString(16).padStart(12, '0')
    const rows = this.#db.all(
      'SELECT id, session_id FROM session_message WHERE id >= ? AND id < ?',
      `msg_${next}`,
      `msg_${next}~`,
    )
    return rows.find((row) => derivedMessageID(String(row.id), 'before') === id)
  }

  /** Of a message that only a conversion makes. */
  protected override mayHave(id: MessageID): Iterable<SessionID> {
    return this.#isOrdered ? sessionsAt(this.#db, this.#sessions, id) : super.mayHave(id)
  }

  override close(): void {
    this.#db.close()
    super.close()
  }
}
