import { OcvaultError } from '../../base/errors.ts'
import { objectOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { storedDocument } from '../../stores/export/export-file.ts'
import type { ProjectRecord, RawRecord } from '../../stores/store.ts'
import type { Incoming, LoadedSession } from '../../transfer/import/input/incoming.ts'
import { type Numbered, todosIn } from '../../transfer/import/input/todos.ts'
import type { Todo } from '../../transfer/write/writer.ts'
import { parseEntry, projectRecordsOf, recordsOf, type SessionDocument } from '../format/document.ts'
import type { ManifestSession } from '../format/manifest.ts'
import { blobName } from '../format/names.ts'
import { projectIn } from '../format/project.ts'
import { type BlobContent, withBlobs } from '../format/records.ts'
import type { Archive } from '../read/archive.ts'
import { RecordDigest, type RecordFacts, type TargetReader } from './restored.ts'

/** A session of an archive on its way into a store. Its document is kept by nobody: one may be as large as the memory. */
export class ArchivedSession implements Incoming {
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  readonly updated: number
  readonly from: string
  project: ProjectRecord | undefined
  /** What its records must read back as; undefined before it was read. */
  facts: RecordFacts | undefined
  /** Files beside the store. */
  files: readonly { readonly path: string; readonly sha256: string }[] = []
  /** How many of its records are too long to stand in its document. */
  long = 0
  /** Whether every stored byte of its transcript is where it was restored to. */
  isWhole = false
  /** The diffs of a session in a tree: 1.2 to 1.18 keep them in the same file, beside the database. */
  diff: Uint8Array | undefined
  readonly #archive: Archive
  readonly #listed: ManifestSession
  readonly #target: TargetReader
  readonly #onRead: (bytes: number) => void
  #entries: readonly string[] | undefined

  constructor(archive: Archive, listed: ManifestSession, target: TargetReader, onRead: (bytes: number) => void) {
    this.#archive = archive
    this.#listed = listed
    this.#target = target
    this.#onRead = onRead
    this.id = listed.id
    this.title = listed.title
    this.parentID = listed.parentID
    this.updated = listed.updated
    this.from = listed.entry
  }

  /** Does something with its document; where that is damaged, with that of another copy of the session. */
  async with<T>(use: (document: SessionDocument) => T): Promise<T> {
    this.#entries ??= await this.#inOrder()
    let failure: unknown
    for (const entry of this.#entries) {
      try {
        return use(await this.#read(entry))
      } catch (error) {
        failure ??= error
      }
    }
    throw failure
  }

  async #read(entry: string): Promise<SessionDocument> {
    const document = parseEntry(entry, await this.#archive.read(entry))
    if (document.id === this.id) return document
    throw new OcvaultError('failed', `${entry} is damaged: it is of session ${document.id}`)
  }

  /**
   * Of copies that are equally new the one in the target's layout comes first: 2.x made its own from that of 1.x, and 1.2 from
   * the tree, and not all came along.
   */
  async #inOrder(): Promise<readonly string[]> {
    const { entry, source, copies } = this.#listed
    const all = [entry, ...copies.map((copy) => copy.entry)]
    const isOfTarget = (place: number) => this.#target.layoutIs(this.#archive.manifest.sources[place]?.kind)
    const fitting = isOfTarget(source) ? undefined : copies.find((copy) => isOfTarget(copy.source))
    if (!fitting) return all
    try {
      const { time } = (await this.#read(fitting.entry)).info
      if (objectOf(time).updated !== this.updated) return all
    } catch {
      return all // it is damaged, and read again only when the others are, too
    }
    return [fitting.entry, ...all.filter((other) => other !== fitting.entry)]
  }

  load(): Promise<LoadedSession> {
    return this.with((document) => {
      const project = [...this.#whole(projectRecordsOf(document))]
      const todos = this.#look(document)
      this.project = projectIn(project)
      this.#onRead(this.#listed.bytes)
      const records = { [Symbol.iterator]: () => this.#whole(recordsOf(document))[Symbol.iterator]() }
      return { ...storedDocument(document), raw: { kind: document.kind, project, records }, todos }
    })
  }

  #whole(records: Iterable<RawRecord<BlobContent>>): Iterable<RawRecord> {
    return withBlobs(records, ({ blob }) => this.#archive.readNow(blobName(blob)))
  }

  /** Notes what is to be known of a document when it is gone. */
  #look(document: SessionDocument): Todo[] {
    const { kind, files } = document
    const digest = this.#target.layoutIs(kind) ? new RecordDigest((table) => this.#target.columns(table)) : undefined
    const todos: Numbered[] = []
    for (const record of this.#whole(recordsOf(document))) {
      digest?.add(record)
      todos.push(...todosIn(record, this.id))
      if ('file' in record && record.file === `session_diff/${this.id}.json`) this.diff = record.bytes
    }
    this.files = files
    this.long = document.blobs.length
    this.facts = digest?.facts
    return todos.sort(([a], [b]) => a - b).map(([, todo]) => todo)
  }
}
