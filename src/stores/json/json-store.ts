import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { omit } from '../../base/omit.ts'
import type { Problem, ProblemLog } from '../../base/problems.ts'
import { readRegular } from '../../base/regular.ts'
import { isPathSafe, type SessionID } from '../../opencode/ids.ts'
import { matches, nestedAmong, sessionOrder } from '../filter.ts'
import { type LongBytes, longestCopiedBytes } from '../long-record.ts'
import { infoOfRemains } from '../remains.ts'
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
  StoreKind,
  StoreSize,
} from '../store.ts'
import { readJsonObject } from './json-files.ts'
import { JsonHeaders } from './json-headers.ts'
import type { JsonLayout } from './json-layout.ts'
import { JsonTranscripts } from './json-transcript.ts'
import { longFile } from './long-file.ts'

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** A store made of JSON files. Listing reads session files alone, never a message or a part. */
export class JsonStore implements Store {
  readonly kind: StoreKind
  readonly path: string
  readonly #layout: JsonLayout
  readonly #log: ProblemLog
  readonly #headers: JsonHeaders
  readonly #transcripts: JsonTranscripts

  /** @param before a store of the same tree, of which what did not move is taken over */
  constructor(layout: JsonLayout, before?: JsonStore) {
    this.kind = layout.kind
    this.path = layout.root
    this.#layout = layout
    this.#log = layout.log
    const transcripts = new JsonTranscripts(layout)
    this.#transcripts = transcripts
    const messages = (id: SessionID, query: MessageQuery) => transcripts.messages(id, query)
    this.#headers = new JsonHeaders(layout, messages, before ? before.#headers : undefined)
  }

  sessions(filter: SessionFilter = {}): Iterable<SessionHeader> {
    const headers = [...this.#headers.all.values()].map((entry) => entry.header)
    return headers.filter((header) => matches(header, filter)).sort(sessionOrder(filter.sort))
  }

  session(id: SessionID): SessionHeader | undefined {
    return this.#headers.all.get(id)?.header
  }

  headers(ids: readonly SessionID[]): SessionHeader[] {
    return ids.flatMap((id) => this.session(id) ?? [])
  }

  updated(ids: readonly SessionID[]): ReadonlyMap<SessionID, number> {
    return new Map(ids.flatMap((id) => (this.session(id) ? [[id, this.session(id)!.time.updated] as const] : [])))
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    const ids = [...this.#headers.all.keys()].filter((id) => id.startsWith(prefix))
    return ids.sort().slice(0, limit)
  }

  *children(parents: readonly SessionID[]): Iterable<readonly [SessionID, SessionID]> {
    const wanted = new Set(parents)
    for (const { header } of this.#headers.all.values()) {
      if (header.parentID !== null && wanted.has(header.parentID)) yield [header.parentID, header.id]
    }
  }

  nested(): Iterable<readonly [SessionID, SessionID]> {
    return nestedAmong([...this.#headers.all.values()].map(({ header }) => header))
  }

  remains(): ReadonlyMap<SessionID, Remains> {
    const lost = [...this.#headers.all].filter(([, { file }]) => file === null)
    return new Map(lost.map(([id]) => [id, 'messages' as const]))
  }

  info(id: SessionID): StoredInfo | undefined {
    const entry = this.#headers.all.get(id)
    if (!entry) return undefined
    if (entry.file === null) return { shape: 'v1', info: infoOfRemains(entry.header) }
    const info = readJsonObject(entry.file, this.#log)
    if (!info) return undefined
    const { projectID, directory } = entry.header
    const place = {
      ...(typeof info.projectID !== 'string' && projectID !== null && { projectID }),
      ...(typeof info.directory !== 'string' && directory !== null && { directory }),
    }
    return { shape: 'v1', info: { ...info, id, ...place } }
  }

  messages(id: SessionID, query: MessageQuery = {}): Iterable<StoredMessage> {
    return this.#transcripts.messages(id, query)
  }

  *transcripts(ids: readonly SessionID[], query: MessageQuery = {}): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    for (const id of ids) yield [id, this.messages(id, query)]
  }

  *records(id: SessionID): Iterable<RawRecord> {
    for (const path of this.#files(id)) yield this.#record(path)
    yield* this.#shares(id)
  }

  *recordsBut(isKnown: IsKnown, id: SessionID): Iterable<RawRecord<true | LongBytes>> {
    for (const path of this.#files(id)) {
      const file = this.#relative(path)
      const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      if (isKnown({ file }, bytes)) yield { file, bytes: true }
      else yield bytes > longestCopiedBytes ? { file, bytes: longFile(path, bytes) } : this.#record(path)
    }
    yield* this.#shares(id)
  }

  /** The files of a session without secrets. */
  #files(id: SessionID): string[] {
    const entry = this.#headers.all.get(id)
    if (!entry) return []
    const { messages, parts } = this.#transcripts.files(id)
    const extra = isPathSafe(id) ? this.#layout.extraFiles(id).filter(isFile) : []
    return [...(entry.file === null ? [] : [entry.file]), ...messages, ...parts, ...extra]
  }

  /** Where a session is shared, without the secret. */
  *#shares(id: SessionID): Iterable<RawRecord> {
    if (!this.#headers.all.has(id)) return
    for (const file of this.#layout.shareFiles(id)) {
      const share = omit((isFile(file) && readJsonObject(file, this.#log)) || {}, ['secret'])
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
    return { file: this.#relative(file), bytes: readRegular(file) }
  }

  /** With `/` on every system. */
  #relative(file: string): string {
    return relative(this.path, file).replaceAll('\\', '/')
  }

  size(): StoreSize {
    const headers = [...this.#headers.all.values()].map((entry) => entry.header)
    const newest = headers.reduce<number | null>((max, { time }) => Math.max(max ?? time.updated, time.updated), null)
    return { sessions: headers.length, bytes: bytesBelow(this.path), newest }
  }

  generation(): string {
    return this.#headers.generation()
  }

  /** A tree has no one place that changes with everything in it. */
  stamp(): string | null {
    return null
  }

  pulse(): null {
    return null
  }

  messageMarks(): ReadonlyMap<SessionID, ReadonlyMap<string, string>> {
    return new Map()
  }

  /** From the times and sizes of all files of a session; nothing is read. */
  marksByRows(): null {
    return null
  }

  marks(_quick: boolean, ids: Iterable<SessionID> = this.#headers.all.keys()): ReadonlyMap<SessionID, string> {
    const marks = new Map<SessionID, string>()
    for (const id of ids) {
      const entry = this.#headers.all.get(id)
      if (!entry) continue
      const own = entry.file === null ? [] : [entry.file]
      const { messages, parts } = this.#transcripts.files(id)
      let bytes = 0
      let times = 0
      for (const path of [...own, ...messages, ...parts]) {
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

  check(): readonly Problem[] {
    return []
  }

  problems(): readonly Problem[] {
    return this.#log.all()
  }

  close(): void {}
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
