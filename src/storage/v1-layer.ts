import { OcvaultError } from '../base/errors.ts'
import { type JsonObject, parseObject, textOf } from '../base/json.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import { Database } from '../sqlite/database.ts'
import { isCorruption } from '../sqlite/errors.ts'
import type { Row, SqlValue } from '../sqlite/port.ts'
import { longestRecordBytes } from '../stores/long-record.ts'
import { sessionOfV1Row } from '../stores/sqlite/session-object.ts'
import type { Store } from '../stores/store.ts'
import type { StorageKey } from './key.ts'
import { permissionOf, projectOf, shareOf, todoOf } from './records.ts'
import { sessionsAt } from './session-times.ts'
import { type SessionKind, StoreLayer, type TreeMessage, withIDs } from './store-layer.ts'
import { TreeLayer } from './tree-layer.ts'

/** Keys at a time: each reading is a short transaction. */
const chunk = 2000

const numbers = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]))

/**
 * A database of 1.2 to 1.19: each key is one look at an index. Where columns are missing, pages are damaged, or a transcript is
 * in the tables of 2.0's previews, it is read as any other store.
 */
export class V1Layer extends StoreLayer {
  readonly #db: Database
  readonly #tables: ReadonlySet<string>
  readonly #columns = new Map<string, ReadonlySet<string>>()
  /** 1.2 to 1.18 still write the diffs of sessions into files. */
  readonly #beside: TreeLayer

  /** @param storage the `storage` folder beside the database */
  constructor(store: Store, storage: string) {
    super(store)
    this.#db = new Database(store.path)
    this.#tables = this.#db.tables()
    this.#beside = new TreeLayer(storage)
  }

  #has(table: string, ...names: string[]): boolean {
    let columns = this.#columns.get(table)
    if (!columns) {
      columns = this.#tables.has(table) ? this.#db.columns(table) : new Set()
      this.#columns.set(table, columns)
    }
    return names.every((name) => columns.has(name))
  }

  /** Asks the tables, and where that cannot be, the store. */
  #or<T>(tables: readonly [string, ...string[]][], ask: () => T, otherwise: () => T): T {
    if (!tables.every((each) => this.#has(...each))) return otherwise()
    try {
      return ask()
    } catch (error) {
      if (!isCorruption(error)) throw error
      return otherwise()
    }
  }

  protected override session(projectID: string, id: SessionID): JsonObject | undefined {
    const sql = 'SELECT * FROM session WHERE id = ? AND project_id = ?'
    return this.#or(
      [['session', 'id', 'project_id']],
      () => {
        const row = this.#db.get(sql, id, projectID)
        return row && sessionOfV1Row(numbers(row), (column) => parsedColumn(row, column))
      },
      () => super.session(projectID, id),
    )
  }

  protected override message(sessionID: SessionID, id: MessageID, parts: boolean): TreeMessage | undefined {
    const otherwise = () => super.message(sessionID, id, parts)
    if (parts) return otherwise()
    return this.#or(
      [['message', 'id', 'session_id', 'data']],
      () => {
        const row = this.#db.get(`SELECT ${data} FROM message WHERE id = ? AND session_id = ?`, id, sessionID)
        if (!row) return this.#isMixed(sessionID) ? otherwise() : undefined
        return { info: withIDs(objectIn(row, `message ${id}`), { id, sessionID }), parts: [] }
      },
      otherwise,
    )
  }

  /** Whether `session_message` belongs to `session`: the previews of 2.0 have it so. */
  get #hasPreview(): boolean {
    return this.#has('session_message', 'session_id') && !this.#tables.has('session_v2')
  }

  /** Whether a session has messages of a preview of 2.0, or messages that are gone, and told only by their parts or events. */
  #isMixed(id: SessionID): boolean {
    if (this.#hasPreview && this.#db.get('SELECT 1 FROM session_message WHERE session_id = ? LIMIT 1', id)) return true
    return this.#db.get('SELECT 1 FROM message WHERE session_id = ? LIMIT 1', id) === undefined
  }

  protected override value(key: StorageKey): unknown {
    const [kind, messageID = '', id] = key
    if (kind === 'session_diff') return this.#beside.read(key)
    if (kind !== 'part' || id === undefined || key.length > 3) return super.value(key)
    return this.#or(
      [['part', 'id', 'message_id', 'session_id', 'data']],
      () => {
        const row = this.#db.get(`SELECT session_id, ${data} FROM part WHERE id = ? AND message_id = ?`, id, messageID)
        if (!row) return this.#isStored(messageID) ? undefined : super.value(key)
        // Not by its own column: what OpenCode goes by is the message.
        const sessionID = this.sessionOf(messageID) ?? textOf(row.session_id)
        return withIDs(objectIn(row, `part ${id}`), { id, sessionID, messageID })
      },
      () => super.value(key),
    )
  }

  #isStored(id: MessageID): boolean {
    return this.#db.get('SELECT 1 FROM message WHERE id = ?', id) !== undefined
  }

  protected override idsWith(kind: SessionKind): Iterable<SessionID> {
    if (!this.#has(kind, 'session_id')) return []
    return this.#db.all(`SELECT DISTINCT session_id AS id FROM ${kind} ORDER BY id`).map((row) => String(row.id))
  }

  protected override ofSession(kind: SessionKind, id: SessionID): unknown {
    const order = this.#has(kind, 'position') ? ' ORDER BY position' : ''
    if (!this.#has(kind, 'session_id')) return undefined
    const rows = this.#db.all(`SELECT * FROM ${kind} WHERE session_id = ?${order}`, id)
    if (rows.length === 0) return undefined
    return kind === 'todo' ? todoOf(rows) : shareOf(rows[0]!)
  }

  protected override ofProject(kind: 'project' | 'permission', id: string): unknown {
    if (!this.#has(kind, ...(kind === 'project' ? ['id'] : ['project_id', 'data']))) return undefined
    const row = this.#db.get(`SELECT * FROM ${kind} WHERE ${kind === 'project' ? 'id' : 'project_id'} = ?`, id)
    return row && (kind === 'project' ? projectOf(numbers(row)) : permissionOf(row))
  }

  protected override projectIDs(): string[] {
    if (!this.#has('project', 'id')) return super.projectIDs()
    return this.#db.all('SELECT id FROM project ORDER BY id').map(({ id }) => String(id))
  }

  override *keys(prefix: StorageKey): Iterable<StorageKey> {
    if (prefix[0] === 'session_diff') yield* this.#beside.keys(prefix)
    else yield* super.keys(prefix)
  }

  protected override sessionKeys(projectID: string | undefined): StorageKey[] {
    return this.#or(
      [['session', 'id', 'project_id']],
      () => {
        const where = projectID === undefined ? '' : 'WHERE project_id = ? '
        const rows = this.#db.all(
          `SELECT project_id, id FROM session ${where}ORDER BY project_id, id`,
          ...(projectID === undefined ? [] : [projectID]),
        )
        return rows.map((row) => ['session', String(row.project_id), String(row.id)])
      },
      () => super.sessionKeys(projectID),
    )
  }

  protected override *allMessageKeys(): Iterable<StorageKey> {
    if (!this.#has('message', 'id', 'session_id') || !this.#has('session', 'id') || this.#hasPreview) {
      yield* super.allMessageKeys()
      return
    }
    yield* this.#walk('message', 'session_id')
    // What the log of events, or parts, tell of them.
    const none = 'NOT EXISTS (SELECT 1 FROM message WHERE session_id = session.id)'
    for (const { id } of this.#db.all(`SELECT id FROM session WHERE ${none}`)) yield* super.messageKeys(String(id))
  }

  protected override *messageKeys(sessionID: SessionID): Iterable<StorageKey> {
    const tables: [string, ...string[]][] = [['message', 'id', 'session_id']]
    const isPlain = this.#or(
      tables,
      () => !this.#isMixed(sessionID),
      () => false,
    )
    if (!isPlain) yield* super.messageKeys(sessionID)
    else yield* this.#walk('message', 'session_id', sessionID)
  }

  protected override *partKeys(messageID: MessageID): Iterable<StorageKey> {
    let none = true
    if (this.#has('part', 'id', 'message_id')) {
      for (const key of this.#walk('part', 'message_id', messageID)) {
        none = false
        yield key
      }
    }
    if (none && !this.#isStored(messageID)) yield* super.partKeys(messageID)
  }

  protected override *allPartKeys(): Iterable<StorageKey> {
    if (!this.#has('part', 'id', 'message_id')) {
      yield* super.allPartKeys()
      return
    }
    yield* this.#walk('part', 'message_id')
    if (!this.#hasPreview) return
    const mixed = this.#db.all('SELECT DISTINCT session_id AS id FROM session_message')
    for (const { id } of mixed) {
      for (const [, , messageID] of this.messageKeys(String(id))) {
        if (!this.#isStored(messageID!)) yield* super.partKeys(messageID!)
      }
    }
  }

  /** Ids in order, some at a time, from the index alone where there is one. */
  *#walk(table: 'message' | 'part', owner: string, of?: string): Iterable<StorageKey> {
    const select = `SELECT ${owner} AS owner, id FROM ${table}`
    const end = `ORDER BY ${owner}, id LIMIT ${chunk}`
    let after: readonly SqlValue[] = ['', '']
    for (;;) {
      const rows =
        of === undefined
          ? this.#db.all(`${select} WHERE (${owner}, id) > (?, ?) ${end}`, ...after)
          : this.#db.all(`${select} WHERE ${owner} = ? AND id > ? ${end}`, of, after[1]!)
      for (const row of rows) yield [table, String(row.owner), String(row.id)]
      const last = rows.at(-1)
      if (!last || rows.length < chunk) return
      after = [last.owner!, last.id!]
    }
  }

  override sessionOf(id: MessageID): SessionID | undefined {
    const found = this.#or(
      [['message', 'id', 'session_id']],
      () =>
        this.#ownerIn('message', 'id', id) ??
        this.#ownerIn('session_message', 'id', id) ??
        this.#ownerIn('part', 'message_id', id),
      () => undefined,
    )
    return found ?? super.sessionOf(id)
  }

  /** The last one is for a message that is gone, and told by its parts. */
  #ownerIn(table: string, column: string, id: MessageID): SessionID | undefined {
    if (!this.#has(table, column, 'session_id')) return undefined
    return textOf(this.#db.get(`SELECT session_id FROM ${table} WHERE ${column} = ? LIMIT 1`, id)?.session_id) ?? undefined
  }

  /** Of a message of a preview that only a conversion makes. */
  protected override mayHave(id: MessageID): Iterable<SessionID> {
    if (!this.#has('session', 'id') || !this.#has('message', 'id', 'session_id')) return super.mayHave(id)
    return this.#hasPreview ? sessionsAt(this.#db, 'session', id) : []
  }

  override close(): void {
    this.#db.close()
    super.close()
  }
}

const data = `iif(octet_length(data) > ${longestRecordBytes}, NULL, data) AS data, octet_length(data) AS bytes`

function objectIn({ data: text, bytes }: Row, what: string): JsonObject {
  const object = parseObject(textOf(text))
  if (object) return object
  const reason = Number(bytes) > longestRecordBytes ? 'is too long to be read at once' : 'is not a JSON object'
  throw new OcvaultError('failed', `${what} ${reason}`)
}

function parsedColumn(row: Row, column: string): unknown {
  const text = textOf(row[column])
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new OcvaultError('failed', `session ${row.id}: ${column} is not JSON`, { cause: error })
  }
}
