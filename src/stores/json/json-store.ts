import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../../base/json.ts'
import { type Problem, ProblemLog } from '../../base/problems.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import { isPathSafe } from '../../opencode/ids.ts'
import { matches, sessionOrder } from '../filter.ts'
import { headerOfInfo } from '../session-info.ts'
import type {
  IsKnown,
  MessageQuery,
  ProjectRecord,
  RawRecord,
  SessionFilter,
  SessionHeader,
  Store,
  StoredInfo,
  StoredMessage,
  StoredPart,
  StoreKind,
  StoreSize,
} from '../store.ts'
import { jsonNames, readJson, readJsonObject } from './json-files.ts'

/** Where a tree of JSON files keeps what; everything else about the trees is the same. */
export interface JsonLayout {
  readonly kind: StoreKind
  readonly root: string
  /** Every session file. The file's name is the id, as OpenCode's own import takes it. */
  sessionFiles(log: ProblemLog): Iterable<string>
  /** Folders that may hold the messages of a session, one file each. */
  messageFolders(id: SessionID): string[]
  /** The folder that holds the parts of a message. */
  partFolder(id: SessionID, messageID: MessageID): string
  /** Further files that belong to a session (todo list, diff). */
  extraFiles(id: SessionID): string[]
  /** Files about where a session is shared, with a secret in them. */
  shareFiles(id: SessionID): string[]
  /** Files about a project. */
  projectFiles(id: string): string[]
  /** Project and directory of a session whose file does not say. */
  location(id: SessionID, file: string): { projectID: string | null; directory: string | null }
  projects(): Iterable<ProjectRecord>
}

interface Entry {
  readonly file: string
  readonly header: SessionHeader
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

const idOf = (file: string) => basename(file, '.json')

/** The file's name is the id; what the file does not say about project and directory, the layout knows. */
function headerOf(id: SessionID, file: string, info: JsonObject, layout: JsonLayout): SessionHeader {
  const header = headerOfInfo(id, info)
  if (header.projectID !== null && header.directory !== null) return header
  const place = layout.location(id, file)
  return { ...header, projectID: header.projectID ?? place.projectID, directory: header.directory ?? place.directory }
}

/** A store made of JSON files. Listing reads session files alone, never a message or a part. */
export class JsonStore implements Store {
  readonly kind: StoreKind
  readonly path: string
  readonly #layout: JsonLayout
  readonly #log = new ProblemLog()
  #entries: Map<SessionID, Entry> | undefined

  constructor(layout: JsonLayout) {
    this.kind = layout.kind
    this.path = layout.root
    this.#layout = layout
  }

  /** All headers, read once. A session that stands in two project folders (1.0.162+ moves it) is the one that was updated last. */
  #index(): Map<SessionID, Entry> {
    if (this.#entries) return this.#entries
    const entries = new Map<SessionID, Entry>()
    for (const file of this.#layout.sessionFiles(this.#log)) {
      const info = readJsonObject(file, this.#log)
      if (!info) continue
      const id = idOf(file)
      if (typeof info.id === 'string' && info.id !== id) {
        this.#log.add(file, `says it is session ${JSON.stringify(info.id)}; the file's name counts`)
      }
      const header = headerOf(id, file, info, this.#layout)
      const other = entries.get(id)
      if (!other || other.header.time.updated < header.time.updated) entries.set(id, { file, header })
    }
    this.#entries = entries
    return entries
  }

  sessions(filter: SessionFilter = {}): Iterable<SessionHeader> {
    const headers = [...this.#index().values()].map((entry) => entry.header)
    return headers.filter((header) => matches(header, filter)).sort(sessionOrder(filter.sort))
  }

  session(id: SessionID): SessionHeader | undefined {
    return this.#index().get(id)?.header
  }

  headers(ids: readonly SessionID[]): SessionHeader[] {
    return ids.flatMap((id) => this.session(id) ?? [])
  }

  updated(ids: readonly SessionID[]): ReadonlyMap<SessionID, number> {
    return new Map(ids.flatMap((id) => (this.session(id) ? [[id, this.session(id)!.time.updated] as const] : [])))
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    const ids = [...this.#index().keys()].filter((id) => id.startsWith(prefix))
    return ids.sort().slice(0, limit)
  }

  *children(parents: readonly SessionID[]): Iterable<readonly [SessionID, SessionID]> {
    const wanted = new Set(parents)
    for (const { header } of this.#index().values()) {
      if (header.parentID !== null && wanted.has(header.parentID)) yield [header.parentID, header.id]
    }
  }

  info(id: SessionID): StoredInfo | undefined {
    const entry = this.#index().get(id)
    const info = entry && readJsonObject(entry.file, this.#log)
    if (!info) return undefined
    const { projectID, directory } = entry.header
    const place = {
      ...(typeof info.projectID !== 'string' && projectID !== null && { projectID }),
      ...(typeof info.directory !== 'string' && directory !== null && { directory }),
    }
    return { shape: 'v1', info: { ...info, id, ...place } }
  }

  #messageFiles(id: SessionID): string[] {
    if (!isPathSafe(id)) return []
    const files = new Map<string, string>()
    for (const folder of this.#layout.messageFolders(id)) {
      for (const name of jsonNames(folder, this.#log)) if (!files.has(name)) files.set(name, join(folder, `${name}.json`))
    }
    return [...files.values()]
  }

  /** Reads the files twice, first for their times and then one by one, so that memory stays flat: old messages carry the whole system prompt. */
  *messages(id: SessionID, query: MessageQuery = {}): Iterable<StoredMessage> {
    const order = this.#messageFiles(id).flatMap((file) => {
      const info = readJsonObject(file, this.#log)
      return info ? [{ file, id: idOf(file), created: createdOf(info) }] : []
    })
    order.sort((a, b) => (a.created ?? 0) - (b.created ?? 0) || (a.id < b.id ? -1 : 1))
    const { last, ids } = query
    const chosen = ids ? order.filter((message) => ids.includes(message.id)) : last === undefined ? order : order.slice(-last)
    for (const { file, id: messageID, created } of chosen) {
      const read = readJson(file, this.#log)
      if (!read) continue
      const { value: info, text } = read
      const shape = isObject(info.metadata) && Array.isArray(info.parts) ? 'legacy' : 'v1'
      const parts = shape === 'legacy' || query.parts === false ? [] : this.#parts(id, messageID, info, query)
      const json = query.json ? { json: text } : undefined
      yield { shape, id: messageID, sessionID: id, type: null, created, info, parts, ...json }
    }
  }

  *transcripts(ids: readonly SessionID[], query: MessageQuery = {}): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    for (const id of ids) yield [id, this.messages(id, query)]
  }

  #parts(id: SessionID, messageID: MessageID, info: JsonObject, query: MessageQuery): StoredPart[] {
    const folder = this.#layout.partFolder(id, messageID)
    const parts = jsonNames(folder, this.#log).flatMap((partID) => {
      const read = readJson(join(folder, `${partID}.json`), this.#log)
      return read ? [{ id: partID, data: read.value, ...(query.json && { json: read.text }) }] : []
    })
    if (parts.length > 0) return parts
    // Between its first two migrations 0.3 to 0.5 kept the parts of a converted message in the message's file.
    return listOf(info.parts)
      .filter(isObject)
      .map((data, index) => ({ id: textOf(data.id) ?? `${messageID}-${index}`, data }))
  }

  *records(id: SessionID): Iterable<RawRecord> {
    for (const path of this.#files(id)) yield this.#record(path)
    yield* this.#shares(id)
  }

  *recordsBut(isKnown: IsKnown, id: SessionID): Iterable<RawRecord<true>> {
    for (const path of this.#files(id)) {
      const file = this.#relative(path)
      const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      yield isKnown({ file }, bytes) ? { file, bytes: true } : this.#record(path)
    }
    yield* this.#shares(id)
  }

  /** The files of a session without secrets. */
  #files(id: SessionID): string[] {
    const entry = this.#index().get(id)
    if (!entry) return []
    const { messages, parts } = this.#transcriptFiles(id)
    const extra = isPathSafe(id) ? this.#layout.extraFiles(id).filter(isFile) : []
    return [entry.file, ...messages, ...parts, ...extra]
  }

  #transcriptFiles(id: SessionID): { messages: string[]; parts: string[] } {
    const messages = this.#messageFiles(id)
    const parts = messages.flatMap((file) => {
      const folder = this.#layout.partFolder(id, idOf(file))
      return jsonNames(folder, this.#log).map((name) => join(folder, `${name}.json`))
    })
    return { messages, parts }
  }

  /** Where a session is shared, without the secret. */
  *#shares(id: SessionID): Iterable<RawRecord> {
    if (!this.#index().has(id)) return
    for (const file of this.#layout.shareFiles(id)) {
      const { secret: _, ...share } = (isFile(file) && readJsonObject(file, this.#log)) || {}
      if (Object.keys(share).length > 0) {
        yield { file: this.#relative(file), bytes: Buffer.from(JSON.stringify(share, null, 2)) }
      }
    }
  }

  *projectRecords(projectID: string): Iterable<RawRecord> {
    if (!isPathSafe(projectID)) return
    for (const file of this.#layout.projectFiles(projectID)) if (isFile(file)) yield this.#record(file)
  }

  hold(): () => void {
    return () => undefined
  }

  #record(file: string): RawRecord {
    return { file: this.#relative(file), bytes: readFileSync(file) }
  }

  /** With `/` on every system. */
  #relative(file: string): string {
    return relative(this.path, file).replaceAll('\\', '/')
  }

  size(): StoreSize {
    const headers = [...this.#index().values()].map((entry) => entry.header)
    const newest = headers.reduce<number | null>((max, { time }) => Math.max(max ?? time.updated, time.updated), null)
    return { sessions: headers.length, bytes: bytesBelow(this.path), newest }
  }

  /** A tree has no one place that changes with everything in it. */
  stamp(): string | null {
    return null
  }

  /** From the times and sizes of all files of a session; nothing is read. */
  marks(_quick: boolean, ids: Iterable<SessionID> = this.#index().keys()): ReadonlyMap<SessionID, string> {
    const marks = new Map<SessionID, string>()
    for (const id of ids) {
      const file = this.#index().get(id)?.file
      if (file === undefined) continue
      const { messages, parts } = this.#transcriptFiles(id)
      let bytes = 0
      let times = 0
      for (const path of [file, ...messages, ...parts]) {
        const stat = statSync(path, { throwIfNoEntry: false })
        bytes += stat?.size ?? 0
        times += stat?.mtimeMs ?? 0
      }
      marks.set(id, `${messages.length}.${parts.length}.${bytes}.${times}`)
    }
    return marks
  }

  added(): { sessions: ReadonlySet<SessionID>; cursor: string } {
    return { sessions: new Set(), cursor: '' }
  }

  projects(): Iterable<ProjectRecord> {
    return this.#layout.projects()
  }

  problems(): readonly Problem[] {
    return this.#log.all()
  }

  close(): void {}
}

/** `time.created`, which 0.1.x keeps under `metadata`. */
function createdOf(info: JsonObject): number | null {
  return numberOf(objectOf(info.time).created) ?? numberOf(objectOf(objectOf(info.metadata).time).created)
}

/** The sum of the sizes of all files; what cannot be read is named elsewhere, where it is missed. */
function bytesBelow(folder: string): number {
  let sum = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      // Links are not followed: they may lead out of the tree, or round in a circle.
      sum += entry.isDirectory() ? bytesBelow(path) : lstatSync(path).size
    }
  } catch {
    // Deleted meanwhile, or not ours to read.
  }
  return sum
}
