import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'
import { infoOfRemains } from '../remains.ts'
import type { MessageQuery, StoredInfo, StoredMessage } from '../store.ts'
import { EventLog } from './event-log.ts'
import { sessionOfV1Row } from './session-object.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { SessionRows } from './table-records.ts'
import { type MessageTable, messageTable, partTable } from './transcript-tables.ts'
import { usageOfAnswers } from './usage.ts'
import { type V1Tables, v1Messages } from './v1-messages.ts'
import { v1Transcripts } from './v1-transcripts.ts'
import { v2Messages } from './v2-messages.ts'

/** `session`, `message` and `part` of 1.2.0 to 1.19; also what 2.x leaves of them in an upgraded database. */
export class SqliteV1Store extends SqliteStore {
  readonly kind = 'sqlite-v1'
  protected readonly recordTables: readonly SessionRows[]
  protected readonly transcriptTables: readonly string[]
  /** Whether `session_message` belongs to `session`: a 2.0 preview and the v2 API of 1.17 to 1.19 write transcripts there. */
  readonly #preview: boolean
  readonly #hasEvents: boolean
  #tables: (V1Tables & { readonly preview: MessageTable | undefined }) | undefined

  constructor(db: Database, tables: ReadonlySet<string>) {
    super(db, 'session')
    this.#hasEvents =
      tables.has('event') && ['aggregate_id', 'seq', 'type', 'data'].every((name) => db.columns('event').has(name))
    this.#preview = !tables.has('session_v2') && tables.has('session_message') && db.columns('session_message').has('seq')
    this.transcriptTables = ['message', 'part', ...(this.#preview ? ['session_message'] : [])].filter((name) => tables.has(name))
    this.recordTables = [
      { table: 'session', key: 'id' },
      ...['message', 'part', ...(this.#preview ? ['session_message', 'session_input', 'session_context_epoch'] : []), 'todo'].map(
        (table) => ({ table, key: 'session_id' }),
      ),
      { table: 'session_share', key: 'session_id', secret: ['secret'] },
    ]
  }

  /** The tables of transcripts, looked at when the first is read. */
  get #transcript(): V1Tables & { readonly preview: MessageTable | undefined } {
    const { db, log } = this
    const preview = () => messageTable(db, log, 'session_message', ['type'], 'seq')
    this.#tables ??= {
      messages: messageTable(db, log, 'message', [], 'time_created'),
      parts: this.db.tables().has('part') ? partTable(db, log) : undefined,
      preview: this.#preview ? preview() : undefined,
    }
    return this.#tables
  }

  override transcripts(
    ids: readonly SessionID[],
    query: MessageQuery = {},
  ): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    // What is in two tables is put together session by session; nearly no database has that.
    const mixed = this.#preview && this.db.get('SELECT 1 FROM session_message LIMIT 1') !== undefined
    return mixed ? super.transcripts(ids, query) : v1Transcripts(this.#transcript, ids, query, (id) => this.messages(id, query))
  }

  info(id: SessionID): StoredInfo | undefined {
    const found = this.table.row(id)
    if (!found) return this.#infoOfRemains(id)
    const [row, json] = found
    const usage = row.tokens_input === undefined ? this.#usage(id) : {}
    return { shape: 'v1', info: sessionOfV1Row({ ...row, ...usage }, json) }
  }

  #infoOfRemains(id: SessionID): StoredInfo | undefined {
    const header = this.lost.headers.get(id)
    if (!header) return undefined
    const told = new EventLog(this.db, id).infoIfTold()
    return { shape: 'v1', info: told ?? infoOfRemains(header) }
  }

  /** What 1.15 and later put into the row when they take over a database of before: the sums over the answers. */
  #usage(id: SessionID): Row {
    if (!this.#transcript.messages) return {}
    try {
      return this.db.get(usageOfAnswers('message'), id) ?? {}
    } catch (error) {
      if (!isCorruption(error)) throw error
      return {} // the messages that are lost are named when they are read
    }
  }

  /** Where the rows of a session are gone, the log of events has its messages. */
  *#fromRowsOrEvents(id: SessionID, query: MessageQuery): Iterable<StoredMessage> {
    let none = true
    for (const message of v1Messages(this.#transcript, id, query)) {
      none = false
      yield message
    }
    if (none && this.#hasEvents) yield* new EventLog(this.db, id).messages(query)
  }

  /**
   * A session that both generations wrote to is read in the order of time. 1.14 to 1.17.0 also note each change of agent and
   * model in `session_message`, beside messages that say the same: where there are messages, such notes are no part of the
   * transcript.
   */
  *messages(id: SessionID, query: MessageQuery = {}): Iterable<StoredMessage> {
    // Where no message is wanted, having none is no sign of a loss.
    if (query.last === 0) return
    const v1 = Iterator.from(this.#fromRowsOrEvents(id, query))
    if (!this.#preview) {
      yield* v1
      return
    }
    const first = v1.next()
    const isTurn = ({ type }: StoredMessage) => !type?.endsWith('-switched')
    const v2 = Iterator.from(v2Messages(this.#transcript.preview, id, query))
    const merged = mergeByTime(first, v1, first.done ? v2 : v2.filter(isTurn))
    yield* query.last === undefined ? merged : [...merged].slice(-query.last)
  }
}

/** @param left the first of `a`, which has been looked at already */
function* mergeByTime(
  left: IteratorResult<StoredMessage, unknown>,
  a: Iterator<StoredMessage>,
  b: Iterator<StoredMessage>,
): Iterable<StoredMessage> {
  let right = b.next()
  while (!left.done || !right.done) {
    const fromLeft = !left.done && (right.done || (left.value.created ?? 0) <= (right.value.created ?? 0))
    if (fromLeft) {
      yield left.value as StoredMessage
      left = a.next()
    } else {
      yield right.value
      right = b.next()
    }
  }
}
