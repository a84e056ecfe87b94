import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../../base/json.ts'
import { readRegular } from '../../base/regular.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { matches, nestedAmong, sessionOrder } from '../filter.ts'
import { generationOf, stampOf } from '../generation.ts'
import { headerOfInfo } from '../session-info.ts'
import type {
  IsKnown,
  MessageQuery,
  ProjectRecord,
  RawRecord,
  Remains,
  SessionFilter,
  SessionHeader,
  Store,
  StoredInfo,
  StoredMessage,
  StoredSession,
  StoreSize,
} from '../store.ts'
import { type ExportDocument, readExportDocuments } from './export-document.ts'

function messageOf(sessionID: string, value: unknown, index: number): StoredMessage {
  const message = objectOf(value)
  if (typeof message.type === 'string') {
    const created = numberOf(objectOf(message.time).created)
    return {
      shape: 'v2',
      id: textOf(message.id) ?? `${sessionID}-${index}`,
      sessionID,
      type: message.type,
      created,
      info: message,
      parts: [],
    }
  }
  // 0.1 had everything in the message.
  if (isObject(message.metadata) && Array.isArray(message.parts) && message.info === undefined) {
    const created = numberOf(objectOf(message.metadata.time).created)
    return {
      shape: 'legacy',
      id: textOf(message.id) ?? `${sessionID}-${index}`,
      sessionID,
      type: null,
      created,
      info: message,
      parts: [],
    }
  }
  const info = objectOf(message.info)
  const id = textOf(info.id) ?? `${sessionID}-${index}`
  const parts = listOf(message.parts)
    .filter(isObject)
    .map((data, at) => ({ id: textOf(data.id) ?? `${id}-${at}`, data }))
  return { shape: 'v1', id, sessionID, type: null, created: numberOf(objectOf(info.time).created), info, parts }
}

/** The session of an export as it would be read from a store. */
export function storedDocument({ info, messages }: { info: JsonObject; messages: Iterable<unknown> }): StoredSession {
  const id = textOf(info.id) ?? ''
  return {
    shape: isObject(info.location) ? 'v2' : 'v1',
    info,
    messages: { [Symbol.iterator]: () => Iterator.from(messages).map((message, index) => messageOf(id, message, index)) },
  }
}

interface Entry {
  readonly header: SessionHeader
  readonly document: ExportDocument
}

/**
 * A file of `opencode export` (1.x: `{info, messages: [{info, parts}]}`) or `opencode session export` (2.x: flat messages with a
 * `type`), or any other that {@link readExportDocuments} understands. Messages are in the file's order.
 */
export class ExportFileStore implements Store {
  readonly kind = 'export-file'
  readonly path: string
  readonly #sessions: ReadonlyMap<SessionID, Entry>
  readonly #bytes: Uint8Array

  /** @throws OcvaultError when the file is not a whole exported session */
  constructor(path: string) {
    this.path = path
    this.#bytes = readRegular(path)
    const documents = readExportDocuments(path, this.#bytes)
    const entries = documents.map((document): [SessionID, Entry] => {
      const id = textOf(document.info.id) ?? ''
      return [id, { header: headerOfInfo(id, document.info), document }]
    })
    this.#sessions = new Map(entries)
  }

  sessions(filter: SessionFilter = {}): Iterable<SessionHeader> {
    const headers = [...this.#sessions.values()].map(({ header }) => header)
    return headers.filter((header) => matches(header, filter)).sort(sessionOrder(filter.sort))
  }

  session(id: SessionID): SessionHeader | undefined {
    return this.#sessions.get(id)?.header
  }

  headers(ids: readonly SessionID[]): SessionHeader[] {
    return ids.flatMap((id) => this.session(id) ?? [])
  }

  updated(ids: readonly SessionID[]): ReadonlyMap<SessionID, number> {
    return new Map(ids.flatMap((id) => (this.session(id) ? [[id, this.session(id)!.time.updated] as const] : [])))
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    const ids = [...this.#sessions.keys()].filter((id) => id.startsWith(prefix))
    return ids.sort().slice(0, limit)
  }

  *children(parents: readonly SessionID[]): Iterable<readonly [SessionID, SessionID]> {
    for (const { header } of this.#sessions.values()) {
      if (header.parentID !== null && parents.includes(header.parentID)) yield [header.parentID, header.id]
    }
  }

  nested(): Iterable<readonly [SessionID, SessionID]> {
    return nestedAmong([...this.#sessions.values()].map(({ header }) => header))
  }

  remains(): ReadonlyMap<SessionID, Remains> {
    return new Map()
  }

  info(id: SessionID): StoredInfo | undefined {
    const entry = this.#sessions.get(id)
    if (!entry) return undefined
    const { shape, info } = storedDocument(entry.document)
    return { shape, info }
  }

  *messages(id: SessionID, query: MessageQuery = {}): Iterable<StoredMessage> {
    const messages = this.#sessions.get(id)?.document.messages ?? []
    const from = query.last === undefined ? 0 : Math.max(0, messages.length - query.last)
    for (let index = from; index < messages.length; index++) {
      const message = messageOf(id, messages.at(index), index)
      if (!query.ids || query.ids.includes(message.id)) yield message
    }
  }

  *transcripts(ids: readonly SessionID[], query: MessageQuery = {}): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    for (const id of ids) yield [id, this.messages(id, query)]
  }

  recordsBut(_isKnown: IsKnown, id: SessionID): Iterable<RawRecord> {
    return this.records(id)
  }

  *records(id: SessionID): Iterable<RawRecord> {
    if (this.#sessions.has(id)) yield { file: this.path, bytes: this.#bytes }
  }

  size(): StoreSize {
    const times = [...this.#sessions.values()].map(({ header }) => header.time.updated)
    return { sessions: times.length, bytes: this.#bytes.length, newest: Math.max(...times) }
  }

  generation(): string {
    return generationOf([stampOf(this.path)])
  }

  /** A file of sessions is read whole when it is opened: nothing is cheaper than reading it. */
  stamp(): string | null {
    return null
  }

  pulse(): null {
    return null
  }

  messageMarks(): ReadonlyMap<SessionID, ReadonlyMap<string, string>> {
    return new Map()
  }

  marksByRows(): null {
    return null
  }

  marks(): ReadonlyMap<SessionID, string> {
    return new Map([...this.sessions()].map(({ id, time }) => [id, String(time.updated)]))
  }

  added(): { sessions: ReadonlySet<SessionID>; cursor: string } {
    return { sessions: new Set(), cursor: '' }
  }

  projects(): Iterable<ProjectRecord> {
    return []
  }

  projectRecords(): Iterable<RawRecord> {
    return []
  }

  hold(): () => void {
    return () => undefined
  }

  check(): readonly [] {
    return []
  }

  problems(): readonly [] {
    return []
  }

  close(): void {}
}
