import { OcvaultError } from '../base/errors.ts'
import { type JsonObject, parseObject, textOf } from '../base/json.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Row } from '../sqlite/port.ts'
import { longestRecordBytes } from '../stores/long-record.ts'
import { sessionOfV1Row } from '../stores/sqlite/session-object.ts'
import type { Store } from '../stores/store.ts'
import type { StorageKey } from './key.ts'
import { permissionOf, projectOf, shareOf, todoOf } from './records.ts'
import { sessionsAt } from './session-times.ts'
import { type SessionKind, StoreLayer, type TreeMessage, withIDs } from './store-layer.ts'
import { TreeLayer } from './tree-layer.ts'
import { V1Rows } from './v1-rows.ts'

const numbers = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]))

/**
 * A database of 1.2 to 1.19: each key is one look at an index. Where columns are missing, pages are damaged, or a transcript is
 * in the tables of 2.0's previews, it is read as any other store.
 */
export class V1Layer extends StoreLayer {
  readonly #rows: V1Rows
  /** 1.2 to 1.18 still write the diffs of sessions into files. */
  readonly #beside: TreeLayer

  /** @param storage the `storage` folder beside the database */
  constructor(store: Store, storage: string) {
    super(store)
    this.#rows = new V1Rows(store.path)
    this.#beside = new TreeLayer(storage)
  }

  protected override session(projectID: string, id: SessionID): JsonObject | undefined {
    const tables = [['session', 'id', 'project_id']] as const
    const row = (how: string) => {
      const found = this.#rows.db.get(`SELECT * FROM session ${how}WHERE id = ? AND project_id = ?`, id, projectID)
      return found && sessionOfV1Row(numbers(found), (column) => parsedColumn(found, column))
    }
    // Other stores rescue of a session what a list of them shows; its row may be whole where an index is damaged.
    const withoutIndex = () =>
      this.#rows.or(
        tables,
        () => row('NOT INDEXED '),
        () => super.session(projectID, id),
      )
    return this.#rows.or(tables, () => row(''), withoutIndex)
  }

  protected override message(sessionID: SessionID, id: MessageID, parts: boolean): TreeMessage | undefined {
    const otherwise = () => super.message(sessionID, id, parts)
    if (parts) return otherwise()
    return this.#rows.or(
      [['message', 'id', 'session_id', 'data']],
      () => {
        const row = this.#rows.db.get(`SELECT ${data} FROM message WHERE id = ? AND session_id = ?`, id, sessionID)
        if (!row) return this.#rows.isMixed(sessionID) ? otherwise() : undefined
        return { info: withIDs(objectIn(row, `message ${id}`), { id, sessionID }), parts: [] }
      },
      otherwise,
    )
  }

  protected override value(key: StorageKey): unknown {
    const [kind, messageID = '', id] = key
    if (kind === 'session_diff') return this.#beside.read(key)
    if (kind !== 'part' || id === undefined || key.length > 3) return super.value(key)
    return this.#rows.or(
      [['part', 'id', 'message_id', 'session_id', 'data']],
      () => {
        const row = this.#rows.db.get(`SELECT session_id, ${data} FROM part WHERE id = ? AND message_id = ?`, id, messageID)
        if (!row) return this.#rows.isStored(messageID) ? undefined : super.value(key)
        // Not by its own column: what OpenCode goes by is the message.
        const sessionID = this.sessionOf(messageID) ?? textOf(row.session_id)
        return withIDs(objectIn(row, `part ${id}`), { id, sessionID, messageID })
      },
      () => super.value(key),
    )
  }

  protected override idsWith(kind: SessionKind): Iterable<SessionID> {
    if (!this.#rows.has(kind, 'session_id')) return []
    return this.#rows.db.all(`SELECT DISTINCT session_id AS id FROM ${kind} ORDER BY id`).map((row) => String(row.id))
  }

  protected override ofSession(kind: SessionKind, id: SessionID): unknown {
    const order = this.#rows.has(kind, 'position') ? ' ORDER BY position' : ''
    if (!this.#rows.has(kind, 'session_id')) return undefined
    const rows = this.#rows.db.all(`SELECT * FROM ${kind} WHERE session_id = ?${order}`, id)
    if (rows.length === 0) return undefined
    return kind === 'todo' ? todoOf(rows) : shareOf(rows[0]!)
  }

  protected override ofProject(kind: 'project' | 'permission', id: string): unknown {
    if (!this.#rows.has(kind, ...(kind === 'project' ? ['id'] : ['project_id', 'data']))) return undefined
    const row = this.#rows.db.get(`SELECT * FROM ${kind} WHERE ${kind === 'project' ? 'id' : 'project_id'} = ?`, id)
    return row && (kind === 'project' ? projectOf(numbers(row)) : permissionOf(row))
  }

  protected override projectIDs(): string[] {
    if (!this.#rows.has('project', 'id')) return super.projectIDs()
    return this.#rows.db.all('SELECT id FROM project ORDER BY id').map(({ id }) => String(id))
  }

  protected override *keysBelow(prefix: StorageKey): Iterable<StorageKey> {
    if (prefix[0] === 'session_diff') yield* this.#beside.keys(prefix)
    else yield* super.keysBelow(prefix)
  }

  protected override sessionKeys(projectID: string | undefined): StorageKey[] {
    return this.#rows.or(
      [['session', 'id', 'project_id']],
      () => {
        const where = projectID === undefined ? '' : 'WHERE project_id = ? '
        const rows = this.#rows.db.all(
          `SELECT project_id, id FROM session ${where}ORDER BY project_id, id`,
          ...(projectID === undefined ? [] : [projectID]),
        )
        return rows.map((row) => ['session', String(row.project_id), String(row.id)])
      },
      () => super.sessionKeys(projectID),
    )
  }

  protected override *allMessageKeys(): Iterable<StorageKey> {
    if (!this.#rows.has('message', 'id', 'session_id') || !this.#rows.has('session', 'id') || this.#rows.hasPreview)
      yield* super.allMessageKeys()
    else {
      yield* this.#rows.orKeys(
        () => this.#storedMessageKeys(),
        () => super.allMessageKeys(),
      )
    }
  }

  *#storedMessageKeys(): Iterable<StorageKey> {
    yield* this.#rows.walk('message', 'session_id')
    // What the log of events, or parts, tell of them.
    const none = 'NOT EXISTS (SELECT 1 FROM message WHERE session_id = session.id)'
    for (const { id } of this.#rows.db.all(`SELECT id FROM session WHERE ${none}`)) yield* super.messageKeys(String(id))
  }

  protected override *messageKeys(sessionID: SessionID): Iterable<StorageKey> {
    const isPlain = this.#rows.or(
      [['message', 'id', 'session_id']],
      () => !this.#rows.isMixed(sessionID),
      () => false,
    )
    if (!isPlain) yield* super.messageKeys(sessionID)
    else {
      yield* this.#rows.orKeys(
        () => this.#rows.walk('message', 'session_id', sessionID),
        () => super.messageKeys(sessionID),
      )
    }
  }

  protected override *partKeys(messageID: MessageID): Iterable<StorageKey> {
    if (!this.#rows.has('part', 'id', 'message_id')) yield* super.partKeys(messageID)
    else {
      yield* this.#rows.orKeys(
        () => this.#storedPartKeys(messageID),
        () => super.partKeys(messageID),
      )
    }
  }

  *#storedPartKeys(messageID: MessageID): Iterable<StorageKey> {
    let none = true
    for (const key of this.#rows.walk('part', 'message_id', messageID)) {
      none = false
      yield key
    }
    if (none && !this.#rows.isStored(messageID)) yield* super.partKeys(messageID)
  }

  protected override *allPartKeys(): Iterable<StorageKey> {
    if (!this.#rows.has('part', 'id', 'message_id')) yield* super.allPartKeys()
    else {
      yield* this.#rows.orKeys(
        () => this.#everyPartKey(),
        () => super.allPartKeys(),
      )
    }
  }

  *#everyPartKey(): Iterable<StorageKey> {
    yield* this.#rows.walk('part', 'message_id')
    if (!this.#rows.hasPreview) return
    for (const { id } of this.#rows.db.all('SELECT DISTINCT session_id AS id FROM session_message')) {
      for (const [, , messageID] of this.messageKeys(String(id))) {
        if (!this.#rows.isStored(messageID!)) yield* super.partKeys(messageID!)
      }
    }
  }

  override sessionOf(id: MessageID): SessionID | undefined {
    const found = this.#rows.or(
      [['message', 'id', 'session_id']],
      () =>
        this.#rows.ownerIn('message', 'id', id) ??
        this.#rows.ownerIn('session_message', 'id', id) ??
        this.#rows.ownerIn('part', 'message_id', id),
      () => super.sessionOf(id) ?? null,
    )
    return found === undefined ? super.sessionOf(id) : (found ?? undefined)
  }

  /** Of a message of a preview that only a conversion makes. */
  protected override mayHave(id: MessageID): Iterable<SessionID> {
    if (this.#rows.isDamaged || !this.#rows.has('session', 'id') || !this.#rows.has('message', 'id', 'session_id'))
      return super.mayHave(id)
    return this.#rows.hasPreview ? sessionsAt(this.#rows.db, 'session', id) : []
  }

  override close(): void {
    this.#rows.db.close()
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
