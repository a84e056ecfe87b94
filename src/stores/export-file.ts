import { readFileSync } from 'node:fs'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../opencode/json.ts'
import { OcvaultError, reasonOf } from './errors.ts'
import { matches } from './filter.ts'
import { headerOfInfo } from './session-info.ts'
import type {
  MessageQuery,
  ProjectRecord,
  RawRecord,
  SessionFilter,
  SessionHeader,
  Store,
  StoredInfo,
  StoredMessage,
  StoreSize,
} from './store.ts'

/** Where a pipe cuts the output of `opencode export` in every 1.x release: one pipe buffer, and exit code 0. */
const pipeBuffer = 65_536

/** The text of an exported file, whatever a shell made of it: UTF-8 with or without BOM, UTF-16 in both orders. */
function decodeText(bytes: Uint8Array): string {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  if (b === 0 && bytes.length > 1) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}

/**
 * The document in an exported session file. A line `Exporting session: …` before it (stderr that went to the same file) is passed over.
 * @throws OcvaultError `failed`, with the byte count when the file is cut off
 */
function parseExport(path: string, bytes: Uint8Array): JsonObject {
  const text = decodeText(bytes)
    .replace(/^\s*Exporting session:[^\n]*\n/, '')
    .trim()
  if (text === '') throw new OcvaultError('failed', `${path} is empty`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const size = bytes.length.toLocaleString('en')
    if (!text.startsWith('{'))
      throw new OcvaultError('failed', `${path} is not JSON, and so not an exported session`, { cause: error })
    // A shell may have re-coded what came out of the pipe, or have put the line from stderr before it.
    if (bytes.length === pipeBuffer || Buffer.byteLength(text) === pipeBuffer) {
      throw new OcvaultError(
        'failed',
        `${path} is cut at 65,536 bytes: opencode export through a pipe loses the rest; export again, into a file`,
        { cause: error },
      )
    }
    const reason = text.endsWith('}') ? `is damaged (${reasonOf(error)})` : `ends in the middle, after ${size} bytes`
    throw new OcvaultError('failed', `${path} ${reason}`, { cause: error })
  }
  if (!isObject(value) || !isObject(value.info) || typeof value.info.id !== 'string' || !Array.isArray(value.messages)) {
    throw new OcvaultError('failed', `${path} is JSON, but not an exported session ({info, messages})`)
  }
  return value
}

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
  const info = objectOf(message.info)
  const id = textOf(info.id) ?? `${sessionID}-${index}`
  const parts = listOf(message.parts)
    .filter(isObject)
    .map((data, at) => ({ id: textOf(data.id) ?? `${id}-${at}`, data }))
  return { shape: 'v1', id, sessionID, type: null, created: numberOf(objectOf(info.time).created), info, parts }
}

/**
 * A file of `opencode export` (1.x: `{info, messages: [{info, parts}]}`) or `opencode session export` (2.x: flat messages with a
 * `type`). Holds one session, in the file's order.
 */
export class ExportFileStore implements Store {
  readonly kind = 'export-file'
  readonly path: string
  readonly #header: SessionHeader
  readonly #info: JsonObject
  readonly #messages: readonly unknown[]
  readonly #bytes: Uint8Array

  /** @throws OcvaultError when the file is not a whole exported session */
  constructor(path: string) {
    this.path = path
    this.#bytes = readFileSync(path)
    const document = parseExport(path, this.#bytes)
    const info = objectOf(document.info)
    this.#info = info
    this.#header = headerOfInfo(textOf(info.id) ?? '', info)
    this.#messages = listOf(document.messages)
  }

  sessions(filter: SessionFilter = {}): Iterable<SessionHeader> {
    return matches(this.#header, filter) ? [this.#header] : []
  }

  session(id: string): SessionHeader | undefined {
    return id === this.#header.id ? this.#header : undefined
  }

  headers(ids: readonly string[]): SessionHeader[] {
    return ids.flatMap((id) => this.session(id) ?? [])
  }

  updated(ids: readonly string[]): ReadonlyMap<string, number> {
    return new Map(ids.includes(this.#header.id) ? [[this.#header.id, this.#header.time.updated]] : [])
  }

  idsStartingWith(prefix: string, limit: number): string[] {
    return this.#header.id.startsWith(prefix) && limit > 0 ? [this.#header.id] : []
  }

  children(parents: readonly string[]): Iterable<readonly [string, string]> {
    const { parentID, id } = this.#header
    return parentID !== null && parents.includes(parentID) ? [[parentID, id]] : []
  }

  info(id: string): StoredInfo | undefined {
    if (id !== this.#header.id) return undefined
    return { shape: isObject(this.#info.location) ? 'v2' : 'v1', info: this.#info }
  }

  *messages(id: string, query: MessageQuery = {}): Iterable<StoredMessage> {
    if (id !== this.#header.id) return
    const from = query.last === undefined ? 0 : Math.max(0, this.#messages.length - query.last)
    for (let index = from; index < this.#messages.length; index++) {
      const message = messageOf(id, this.#messages[index], index)
      if (!query.ids || query.ids.includes(message.id)) yield message
    }
  }

  *transcripts(ids: readonly string[], query: MessageQuery = {}): Iterable<readonly [string, Iterable<StoredMessage>]> {
    for (const id of ids) yield [id, this.messages(id, query)]
  }

  *records(id: string): Iterable<RawRecord> {
    if (id === this.#header.id) yield { file: this.path, bytes: this.#bytes }
  }

  size(): StoreSize {
    return { sessions: 1, bytes: this.#bytes.length, newest: this.#header.time.updated }
  }

  /** A file of one session is read whole when it is opened: nothing is cheaper than reading it. */
  stamp(): string | null {
    return null
  }

  marks(): ReadonlyMap<string, string> {
    return new Map([[this.#header.id, `${this.#bytes.length}.${this.#header.time.updated}`]])
  }

  added(): { sessions: ReadonlySet<string>; cursor: string } {
    return { sessions: new Set(), cursor: '' }
  }

  projects(): Iterable<ProjectRecord> {
    return []
  }

  problems(): readonly [] {
    return []
  }

  close(): void {}
}
