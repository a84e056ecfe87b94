import { OcvaultError } from '../base/errors.ts'
import { type JsonObject, textOf } from '../base/json.ts'
import type { Problem } from '../base/problems.ts'
import { toV1 } from '../convert/exported.ts'
import { type MessageID, type SessionID, timeOfID } from '../opencode/ids.ts'
import { isCorruption } from '../sqlite/errors.ts'
import { wholeRecordOf } from '../stores/long-record.ts'
import type { MessageQuery, SessionHeader, Store, StoredMessage } from '../stores/store.ts'
import type { StorageKey } from './key.ts'
import type { Layer } from './layer.ts'
import { valueIn } from './records.ts'

/** A message of a tree, and its parts, each the whole of a file. */
export interface TreeMessage {
  readonly info: JsonObject
  readonly parts: readonly JsonObject[]
}

/** A record with the ids that a database has as columns, in front, as in a tree. */
export const withIDs = (record: JsonObject, ids: JsonObject): JsonObject => ({ ...ids, ...record, ...ids })

const kinds = ['message', 'part', 'permission', 'project', 'session', 'session_diff', 'session_share', 'todo']

/** What a session has beside its transcript. */
export type SessionKind = 'todo' | 'session_diff' | 'session_share'
const isSessionKind = (kind: string | undefined): kind is SessionKind =>
  kind === 'todo' || kind === 'session_diff' || kind === 'session_share'

/** So many messages are remembered by whose they are. */
const remembered = 100_000
/** How far the clock of a message and the times of its session may be apart. */
export const marginMs = 60_000

/**
 * Any store under the keys of a tree: what is stored as 0.6 to 1.19 have it comes as it is, everything else as it is when it is
 * converted to 1.x.
 */
export class StoreLayer implements Layer {
  readonly path: string
  protected readonly store: Store
  readonly #owners = new Map<MessageID, SessionID>()

  constructor(store: Store) {
    this.store = store
    this.path = store.path
  }

  read(key: StorageKey): unknown {
    const before = this.store.problems().length
    let value: unknown
    try {
      value = this.value(key)
    } catch (error) {
      throw isCorruption(error) ? damaged(this.path, error) : error
    }
    const problem = value === undefined ? this.store.problems()[before] : undefined
    if (problem) throw new OcvaultError('failed', `cannot read ${key.join('/')}: ${problem.path} ${problem.reason}`)
    return value
  }

  protected value([kind, first = '', second, ...more]: StorageKey): unknown {
    if (more.length > 0) return undefined
    if (second === undefined) {
      if (kind === 'project' || kind === 'permission') return this.ofProject(kind, first)
      return isSessionKind(kind) ? this.ofSession(kind, first) : undefined
    }
    if (kind === 'session') return this.session(first, second)
    if (kind === 'message') return this.message(first, second, false)?.info
    if (kind !== 'part') return undefined
    const sessionID = this.sessionOf(first)
    const message = sessionID === undefined ? undefined : this.message(sessionID, first, true)
    return message?.parts.find(({ id }) => id === second)
  }

  protected session(projectID: string, id: SessionID): JsonObject | undefined {
    const stored = this.store.info(id)
    const info = stored?.shape === 'v2' ? toV1({ ...stored, messages: [] }).info : stored?.info
    return info && (textOf(info.projectID) ?? 'global') === projectID ? info : undefined
  }

  /** What stands beside a transcript: only trees, databases of 1.x and archives of them have that. */
  protected ofSession(_kind: SessionKind, _id: SessionID): unknown {
    return undefined
  }

  protected ofProject(kind: 'project' | 'permission', id: string): unknown {
    const found = valueIn(this.store.projectRecords(id), kind)
    if (found !== undefined || kind === 'permission') return found
    const known = [...this.store.projects()].find((project) => project.id === id)
    return known && { id, worktree: known.worktree ?? '/', sandboxes: known.directories }
  }

  /** @param parts whether they are wanted */
  protected message(sessionID: SessionID, id: MessageID, parts: boolean): TreeMessage | undefined {
    const [stored] = this.store.messages(sessionID, { ids: [id], parts })
    if (stored?.shape === 'v1') return this.plain(stored)
    // What a conversion makes of a message depends on those around it, and it may make two of one.
    for (const message of this.messages(sessionID, { parts })) if (message.info.id === id) return message
    return undefined
  }

  /** All messages of a session, one by one. */
  protected *messages(id: SessionID, query: MessageQuery = {}): Iterable<TreeMessage> {
    const seen = new Set<unknown>()
    let isPlain = true
    for (const stored of this.store.messages(id, query)) {
      isPlain = stored.shape === 'v1'
      if (!isPlain) break
      seen.add(stored.id)
      yield this.#owned(id, this.plain(stored))
    }
    const info = isPlain ? undefined : this.store.info(id)
    if (!info) return
    for (const message of toV1({ ...info, messages: this.store.messages(id, query) }).messages) {
      if (!seen.has(message.info.id)) yield this.#owned(id, message)
    }
  }

  #owned(id: SessionID, message: TreeMessage): TreeMessage {
    if (this.#owners.size >= remembered) this.#owners.clear()
    this.#owners.set(String(message.info.id), id)
    return message
  }

  /** A message as it is stored. */
  protected plain({ id, sessionID, info, parts }: StoredMessage): TreeMessage {
    const whole = (object: JsonObject) => {
      if (!wholeRecordOf(object)) return object
      throw new OcvaultError('failed', `message ${id} of session ${sessionID} is too long to be read at once`)
    }
    return {
      info: withIDs(whole(info), { id, sessionID }),
      parts: parts.map((part) => withIDs(whole(part.data), { id: part.id, sessionID, messageID: id })),
    }
  }

  *keys(prefix: StorageKey): Iterable<StorageKey> {
    try {
      yield* this.keysBelow(prefix)
    } catch (error) {
      throw isCorruption(error) ? damaged(this.path, error) : error
    }
  }

  protected *keysBelow(prefix: StorageKey): Iterable<StorageKey> {
    const [kind, first, second] = prefix
    if (kind === undefined) for (const each of kinds) yield* this.keysBelow([each])
    else if (second !== undefined) return
    else if (kind === 'session') yield* this.sessionKeys(first)
    else if (kind === 'message') {
      yield* first === undefined ? this.allMessageKeys() : this.messageKeys(first)
    } else if (kind === 'part') yield* first === undefined ? this.allPartKeys() : this.partKeys(first)
    else if (first !== undefined) return
    else if (kind === 'project' || kind === 'permission') yield* this.#filled(kind, this.projectIDs())
    else if (isSessionKind(kind)) yield* this.#filled(kind, this.idsWith(kind))
  }

  /** Sessions that may have something of a kind. */
  protected idsWith(_kind: SessionKind): Iterable<SessionID> {
    return []
  }

  *#filled(kind: string, ids: Iterable<string>): Iterable<StorageKey> {
    for (const id of ids) if (this.value([kind, id]) !== undefined) yield [kind, id]
  }

  protected sessionIDs(): string[] {
    return Array.from(this.store.sessions(), ({ id }) => id).sort()
  }

  protected projectIDs(): string[] {
    return Array.from(this.store.projects(), ({ id }) => id).sort()
  }

  protected sessionKeys(projectID: string | undefined): StorageKey[] {
    const all = Array.from(this.store.sessions(), (each) => ['session', each.projectID ?? 'global', each.id])
    return all.filter(([, project]) => projectID === undefined || project === projectID).sort(byNames)
  }

  protected *messageKeys(sessionID: SessionID): Iterable<StorageKey> {
    const ids = Array.from(this.messages(sessionID, { parts: false }), ({ info }) => String(info.id))
    for (const id of ids.sort()) yield ['message', sessionID, id]
  }

  protected *allMessageKeys(): Iterable<StorageKey> {
    for (const id of this.sessionIDs()) yield* this.messageKeys(id)
  }

  protected *partKeys(messageID: MessageID): Iterable<StorageKey> {
    const sessionID = this.sessionOf(messageID)
    const message = sessionID === undefined ? undefined : this.message(sessionID, messageID, true)
    if (message) yield* partsOf(message)
  }

  /** Session by session: who puts them in order must have them all. */
  protected *allPartKeys(): Iterable<StorageKey> {
    for (const id of this.sessionIDs()) for (const message of this.messages(id)) yield* partsOf(message)
  }

  updated(id: SessionID): number | undefined {
    return this.store.updated([id]).get(id)
  }

  /** Looks into the sessions at whose time the message was written, and then, where that is needed, into the others. */
  sessionOf(id: MessageID): SessionID | undefined {
    const known = this.#owners.get(id)
    if (known !== undefined) return known
    for (const session of this.mayHave(id)) {
      for (const { info } of this.messages(session, { parts: false })) if (info.id === id) return session
    }
    return undefined
  }

  /** Sessions that a message may be of, the likely ones first. */
  protected mayHave(id: MessageID): Iterable<SessionID> {
    const time = timeOfID(id)
    const headers = Array.from(this.store.sessions(), (session) => ({ id: session.id, time: session.time }))
    const isNear = ({ created, updated }: SessionHeader['time']) =>
      time !== undefined && time >= created - marginMs && time <= updated + marginMs
    const near = headers.filter((session) => isNear(session.time))
    return new Set([...near, ...headers].map((session) => session.id))
  }

  problems(): readonly Problem[] {
    return this.store.problems()
  }

  close(): void {
    this.store.close()
  }
}

const partsOf = ({ info, parts }: TreeMessage): string[][] =>
  parts.flatMap(({ id }) => (typeof id === 'string' ? [['part', String(info.id), id]] : [])).sort(byNames)

const byNames = (a: StorageKey, b: StorageKey) => (a.join(',') < b.join(',') ? -1 : 1)

const damaged = (path: string, cause: unknown) =>
  new OcvaultError('failed', `cannot read ${path}: damaged pages are in the way`, { cause, hint: 'where' })
