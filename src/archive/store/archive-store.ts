import { ProblemLog } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { storedDocument } from '../../stores/export/export-file.ts'
import { matches, nestedAmong, sessionOrder } from '../../stores/filter.ts'
import { generationOf, stampOf } from '../../stores/generation.ts'
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
  StoreSize,
} from '../../stores/store.ts'
import { parseEntry, projectRecordsOf, recordsOf, type SessionDocument } from '../format/document.ts'
import type { ManifestSession } from '../format/manifest.ts'
import { blobName, manifestName } from '../format/names.ts'
import { projectIn } from '../format/project.ts'
import { type BlobContent, withBlobs } from '../format/records.ts'
import type { Archive } from '../read/archive.ts'
import { headerIn, listedHeader } from './header.ts'

/** A document of more bytes is not kept for the next question. */
const keptBytes = 16 * 2 ** 20

interface ArchiveStoreOptions {
  /** Set where what it holds is encrypted. */
  readonly isPrivate?: boolean
  /** Where to look whether it changed. */
  readonly watched?: string
}

/**
 * An archive as a store: what `ocvault backup` wrote, read where it is. What the manifest says is told from it; headers come from
 * the beginnings of documents, transcripts from whole ones, whose hash is compared.
 */
export class ArchiveStore implements Store {
  readonly kind = 'archive'
  readonly path: string
  readonly isPrivate: boolean
  readonly #archive: Archive
  readonly #watched: string
  readonly #sessions: ReadonlyMap<SessionID, ManifestSession>
  readonly #headers = new Map<SessionID, SessionHeader>()
  readonly #log = new ProblemLog()
  #last: { readonly id: SessionID; readonly document: SessionDocument } | undefined
  #projects: readonly ProjectRecord[] | undefined

  constructor(archive: Archive, { isPrivate = false, watched = archive.path }: ArchiveStoreOptions = {}) {
    this.path = archive.path
    this.isPrivate = isPrivate
    this.#archive = archive
    this.#watched = watched
    this.#sessions = new Map(archive.manifest.sessions.map((session) => [session.id, session]))
    for (const { entry, reason } of archive.problems) this.#log.add(archive.path, entry === null ? reason : `${entry}: ${reason}`)
  }

  *sessions(filter: SessionFilter = {}): Iterable<SessionHeader> {
    const { archived, text = [], ...listed } = filter
    const order = sessionOrder(filter.sort)
    const some = [...this.#sessions.values()].map(listedHeader).filter((header) => matches(header, listed))
    const isListed = archived === undefined && text.length === 0 && (filter.sort ?? 'updated') === 'updated'
    if (isListed) for (const { id } of some.sort(order)) yield this.session(id)!
    else {
      const whole = some.map(({ id }) => this.session(id)!)
      yield* whole.filter((header) => matches(header, filter)).sort(order)
    }
  }

  session(id: SessionID): SessionHeader | undefined {
    const listed = this.#sessions.get(id)
    if (!listed) return undefined
    const header = this.#headers.get(id) ?? headerIn(this.#archive, listed)
    this.#headers.set(id, header)
    return header
  }

  headers(ids: readonly SessionID[]): SessionHeader[] {
    return ids.flatMap((id) => this.session(id) ?? [])
  }

  updated(ids: readonly SessionID[]): ReadonlyMap<SessionID, number> {
    return new Map(ids.flatMap((id) => (this.#sessions.has(id) ? [[id, this.#sessions.get(id)!.updated] as const] : [])))
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    const ids = [...this.#sessions.keys()].filter((id) => id.startsWith(prefix))
    return ids.sort().slice(0, limit)
  }

  *children(parents: readonly SessionID[]): Iterable<readonly [SessionID, SessionID]> {
    const asked = new Set(parents)
    for (const { id, parentID } of this.#sessions.values()) if (parentID !== null && asked.has(parentID)) yield [parentID, id]
  }

  nested(): Iterable<readonly [SessionID, SessionID]> {
    return nestedAmong([...this.#sessions.values()])
  }

  remains(): ReadonlyMap<SessionID, Remains> {
    return new Map()
  }

  #document(id: SessionID): SessionDocument | undefined {
    if (this.#last?.id === id) return this.#last.document
    const listed = this.#sessions.get(id)
    if (!listed) return undefined
    const document = parseEntry(listed.entry, this.#archive.readNow(listed.entry))
    this.#last = listed.bytes > keptBytes ? undefined : { id, document }
    return document
  }

  info(id: SessionID): StoredInfo | undefined {
    const document = this.#document(id)
    return document && { shape: document.shape, info: document.info }
  }

  *messages(id: SessionID, { last, ids, parts = true }: MessageQuery = {}): Iterable<StoredMessage> {
    const document = this.#document(id)
    if (!document) return
    const from = last === undefined ? 0 : Math.max(0, this.#sessions.get(id)!.counts.messages - last)
    for (const message of Iterator.from(storedDocument(document).messages).drop(from)) {
      if (ids && !ids.includes(message.id)) continue
      yield parts || message.shape !== 'v1' ? message : { ...message, parts: [] }
    }
  }

  *transcripts(ids: readonly SessionID[], query: MessageQuery = {}): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    for (const id of ids) yield [id, this.messages(id, query)]
  }

  recordsBut(_isKnown: IsKnown, id: SessionID): Iterable<RawRecord> {
    return this.records(id)
  }

  *records(id: SessionID): Iterable<RawRecord> {
    const document = this.#document(id)
    if (document) yield* this.#whole(recordsOf(document))
  }

  #whole(records: Iterable<RawRecord<BlobContent>>): Iterable<RawRecord> {
    return withBlobs(records, ({ blob }) => this.#archive.readNow(blobName(blob)))
  }

  /**
   * A file that stood beside the store of a session, and belongs to it.
   * @param path below the data directory
   * @throws OcvaultError `failed` where the archive is damaged
   */
  fileBeside(id: SessionID, path: string): Uint8Array | undefined {
    const file = this.#document(id)?.files.find((each) => each.path === path)
    return file && this.#archive.readNow(blobName(file.sha256))
  }

  projects(): Iterable<ProjectRecord> {
    this.#projects ??= this.#readProjects()
    return this.#projects
  }

  /** The project's own record stands in each of its sessions: that of the smallest is read. */
  #readProjects(): readonly ProjectRecord[] {
    const smallest = new Map<string, ManifestSession>()
    for (const session of this.#sessions.values()) {
      const { projectID, bytes } = session
      if (projectID !== null && bytes < (smallest.get(projectID)?.bytes ?? Number.POSITIVE_INFINITY))
        smallest.set(projectID, session)
    }
    return [...smallest].map(([id, { id: sessionID }]) => {
      const document = this.#orLog(() => this.#document(sessionID))
      return (document && projectIn(this.#whole(projectRecordsOf(document)))) ?? { id, worktree: null, directories: [] }
    })
  }

  *projectRecords(projectID: string): Iterable<RawRecord> {
    const session = [...this.#sessions.values()].find((each) => each.projectID === projectID)
    const document = session && this.#document(session.id)
    if (document) yield* this.#whole(projectRecordsOf(document))
  }

  #orLog<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      this.#log.add(this.path, String((error as Error).message))
      return undefined
    }
  }

  size(): StoreSize {
    const listed = [...this.#sessions.values()]
    const bytes = [...this.#archive.source.sizes.values()].reduce((sum, size) => sum + size, 0)
    const newest = listed.reduce((latest, { updated }) => Math.max(latest, updated), Number.NEGATIVE_INFINITY)
    const copies = listed.reduce((sum, session) => sum + session.copies.length, 0)
    return { sessions: listed.length, bytes, newest: listed.length === 0 ? null : newest, ...(copies > 0 && { copies }) }
  }

  generation(): string {
    return generationOf([stampOf(this.#watched)])
  }

  /** The manifest has the hash of everything. */
  stamp(): string | null {
    return this.#archive.lost === null ? this.#archive.manifest.sha256 : null
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

  marks(_quick: boolean, ids?: readonly SessionID[]): ReadonlyMap<SessionID, string> {
    const asked = ids ?? [...this.#sessions.keys()]
    return new Map(asked.flatMap((id) => (this.#sessions.has(id) ? [[id, this.#sessions.get(id)!.sha256] as const] : [])))
  }

  added(): { sessions: ReadonlySet<SessionID>; cursor: string } {
    return { sessions: new Set(), cursor: '' }
  }

  hold(): () => void {
    return () => undefined
  }

  /** Whether every byte is what it was, `ocvault verify` says. */
  check(): readonly [] {
    return []
  }

  problems() {
    return this.#log.all()
  }

  close(): void {
    this.#archive.close()
  }
}

/** What of an archive in a folder changes with every backup into it. */
export const watchedIn = (folder: string) => `${folder}/${manifestName}`
