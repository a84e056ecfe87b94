import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { makeFolder, writeAtomically } from '../../base/files.ts'
import { type JsonObject, listOf, objectOf, textOf } from '../../base/json.ts'
import { omit } from '../../base/omit.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { storedDocument } from '../../stores/export/export-file.ts'
import type { ProjectRecord, RawRecord } from '../../stores/store.ts'
import { type ImportOptions, writeSessions } from '../../transfer/import/import.ts'
import type { Incoming, LoadedSession } from '../../transfer/import/input/incoming.ts'
import type { ImportedSession, ImportReport } from '../../transfer/import/report.ts'
import { FileNotes } from '../../transfer/undo/files.ts'
import { notesPath, undoFolder } from '../../transfer/undo/folder.ts'
import { findTarget, type Target } from '../../transfer/write/target.ts'
import type { Todo } from '../../transfer/write/writer.ts'
import type { Keys } from '../encrypt.ts'
import { parseEntry, projectRecordsOf, recordsOf, type SessionDocument } from '../format/document.ts'
import type { ManifestSession } from '../format/manifest.ts'
import { blobName } from '../format/names.ts'
import { projectIn } from '../format/project.ts'
import { type BlobContent, withBlobs } from '../format/records.ts'
import type { Archive } from '../read/archive.ts'
import { openArchive } from '../read/reader.ts'
import { contentDigest, RecordDigest, type RecordFacts, TargetReader } from './restored.ts'

export interface RestoreProgress {
  /** Sessions that are written, of all. */
  readonly done: number
  readonly sessions: number
  /** Bytes of the archive's unpacked entries so far. */
  readonly bytes: number
}

export interface RestoreOptions extends Omit<ImportOptions, 'keepProject' | 'onProgress'>, Keys {
  /** Ids or their beginnings, with or without `ses_`; default: all. Subagents come along. */
  readonly names?: readonly string[]
  readonly onProgress?: (progress: RestoreProgress) => void
}

/**
 * What reading back has shown of a session: `exact`, every stored byte is as it is in the archive; `same`, it says the same, in
 * the layout that it was converted into, or in its new place; `differs`; null when nothing of it was written.
 */
export type Proof = 'exact' | 'same' | 'differs' | null

export interface RestoredSession extends ImportedSession {
  readonly proof: Proof
}

export interface RestoreReport extends Omit<ImportReport, 'sessions'> {
  readonly archive: string
  /** `v1`, `v2`, or `json` for a JSON tree. */
  readonly into: 'v1' | 'v2' | 'json'
  readonly sessions: readonly RestoredSession[]
  /** Files beside the store that came back: tool outputs, diffs, plans. */
  readonly files: number
  /** Bytes of the archive's unpacked entries that were read. */
  readonly bytes: number
}

/**
 * Restores sessions from an archive into OpenCode: the stored rows or files themselves where its layout is the one that they are
 * from, else what they say, as an import does. Each tree of sessions is written whole or not at all, and everything is read back
 * in the end.
 * @throws OcvaultError `not-found` without such an archive, session or target; what {@link writeSessions} throws
 */
export async function restoreArchive(path: string, options: RestoreOptions = {}): Promise<RestoreReport> {
  const target = findTarget(options.root, options.into)
  const archive = await openArchive(path, options)
  try {
    const sessions = chosen(archive, options.names ?? [])
    return await restoreInto(archive, sessions, target, options)
  } finally {
    archive.close()
  }
}

/**
 * The sessions of an archive that are named, with their subagents.
 * @throws OcvaultError `not-found`, or `usage` for the beginning of several ids
 */
export function chosen({ manifest, path }: Archive, names: readonly string[]): readonly ManifestSession[] {
  if (names.length === 0) return manifest.sessions
  const wanted = new Set<SessionID>()
  for (const name of names) {
    const exact = manifest.sessions.filter(({ id }) => id === name)
    const found =
      exact.length > 0 ? exact : manifest.sessions.filter(({ id }) => id.startsWith(name) || id.startsWith(`ses_${name}`))
    if (found.length === 0)
      throw new OcvaultError('not-found', `no session ${name} in ${path}`, { hint: { name: 'verify', archive: path } })
    if (found.length > 1) {
      throw new OcvaultError(
        'usage',
        `several sessions begin with ${name}: ${found
          .slice(0, 4)
          .map(({ id }) => id)
          .join(', ')}`,
      )
    }
    wanted.add(found[0]!.id)
  }
  const children = Map.groupBy(manifest.sessions, ({ parentID }) => parentID)
  for (const id of wanted) for (const child of children.get(id) ?? []) wanted.add(child.id)
  return manifest.sessions.filter(({ id }) => wanted.has(id))
}

/** What {@link restoreArchive} does with an archive that is open. */
export async function restoreInto(
  archive: Archive,
  sessions: readonly ManifestSession[],
  target: Target,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const reader = new TargetReader(target)
  let done = 0
  let bytes = 0
  const tell = () => options.onProgress?.({ done, sessions: sessions.length, bytes })
  const archived = sessions.map(
    (session) =>
      new ArchivedSession(archive, session, reader, (read) => {
        bytes += read
        tell()
      }),
  )
  const rest = omit(options, ['names', 'onProgress', 'identity', 'passphrase', 'root', 'into'])
  const report = await writeSessions(archived, target, {
    ...rest,
    keepProject: options.project === undefined,
    relocate: 'always',
    salvage: true,
    onProgress: (written) => {
      done = written
      tell()
    },
  })
  const byEntry = new Map(archived.map((session) => [session.from, session]))
  const problems = [...archive.problems.map(({ entry, reason }) => ({ path: entry ?? archive.path, reason })), ...report.problems]
  const restored: RestoredSession[] = []
  let files = 0
  reader.reopen()
  const fileNotes = report.change === null ? undefined : new FileNotes(notesPath(options.undo ?? undoFolder(), report.change))
  try {
    for (const session of report.sessions) {
      const source = byEntry.get(session.from)
      const isThere = session.result === 'written' || session.plan === 'identical'
      if (source && isThere && !report.dryRun) {
        const put = filePut(target, session.result === 'written' ? fileNotes : undefined)
        files += await filesBack(archive, source, target, session, put, (reason) => problems.push({ path: session.from, reason }))
      }
      if (!source || session.result !== 'written' || report.dryRun) {
        restored.push({ ...session, proof: null })
        continue
      }
      const proof = await proofOf(source, session, reader, options)
      if (proof === 'differs') {
        problems.push({ path: session.from, reason: `session ${session.id} does not read back as it is in the archive` })
      }
      if (source.long > 0 && !source.isWhole) problems.push({ path: session.from, reason: longCut(session.id) })
      restored.push({ ...session, proof })
    }
  } finally {
    fileNotes?.close()
    reader.close()
  }
  const into = target.layout === 'json-tree' ? 'json' : report.generation
  const notes = [...report.notes, ...pinNotes(archive, restored)]
  return { archive: archive.path, into, ...report, sessions: restored, problems, notes, files, bytes }
}

const longCut = (id: SessionID) =>
  `session ${id} has records that are too long to be converted: only their beginning is restored; in OpenCode's layout that they are from they come back whole`

/** What a restore leaves to the person: the state directory is OpenCode's own, and it may be running. */
function pinNotes({ manifest }: Archive, restored: readonly RestoredSession[]): readonly string[] {
  const pinned = new Set(manifest.pinned)
  const ids = restored.filter(({ id, result }) => result === 'written' && pinned.has(id)).map(({ id }) => id)
  return ids.length === 0 ? [] : [`pinned in OpenCode when the backup was made, and not pinned again: ${ids.join(', ')}`]
}

/** A session of an archive on its way into a store. Its document is kept by nobody: one may be as large as the memory. */
class ArchivedSession implements Incoming {
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

type Numbered = readonly [position: number, todo: Todo]

/** What there is to do in a session: rows of 1.2 and later, or the file of a tree. What is not understood, is not converted. */
function todosIn(record: RawRecord, id: SessionID): Numbered[] {
  if ('file' in record) {
    if (record.file !== `todo/${id}.json`) return []
    return listIn(record.bytes).flatMap((todo, index) => todoOf(index, objectOf(todo)))
  }
  if (record.table !== 'todo') return []
  const texts = [...record.columns].map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString() : null,
  ])
  return todoOf(Number(record.columns.get('position')), Object.fromEntries(texts))
}

function todoOf(position: number, { content, status, priority }: JsonObject): Numbered[] {
  if (typeof content !== 'string' || typeof status !== 'string') return []
  return [[position, { content, status, priority: textOf(priority) ?? 'medium' }]]
}

function listIn(bytes: Uint8Array): readonly unknown[] {
  try {
    return listOf(JSON.parse(Buffer.from(bytes).toString()))
  } catch {
    return []
  }
}

type Put = (path: string, bytes: Uint8Array) => void

/**
 * What puts a file beside a store. @param notes of the change that the file belongs to; one of a session that was there before
 * stays with it
 */
function filePut(target: Target, notes: FileNotes | undefined): Put {
  return (path, bytes) => {
    const full = join(dirname(target.path), path)
    notes?.add(path, createHash('sha256').update(bytes).digest())
    makeFolder(dirname(full))
    writeAtomically(full, [bytes])
  }
}

/** Puts files beside the store back; one that is there stays. @returns how many were written */
async function filesBack(
  archive: Archive,
  { files, diff, id }: ArchivedSession,
  target: Target,
  session: ImportedSession,
  put: Put,
  onProblem: (reason: string) => void,
): Promise<number> {
  const folder = dirname(target.path)
  const missing = files.filter(
    ({ path }) => !existsSync(join(folder, path)) && (session.copyOf === null || path.startsWith('tool-output/')),
  )
  let written = 0
  const attempt = async (path: string, bytes: () => Promise<Uint8Array> | Uint8Array) => {
    try {
      put(path, await bytes())
      written++
    } catch (error) {
      onProblem(`${path} of session ${id} is not restored: ${reasonOf(error)}`)
    }
  }
  for (const { path, sha256 } of missing) await attempt(path, () => archive.read(blobName(sha256)))
  const path = `storage/session_diff/${id}.json`
  const isWanted = target.layout === 'sqlite' && target.generation === 'v1' && session.copyOf === null
  if (diff && isWanted && !existsSync(join(folder, path))) await attempt(path, () => diff)
  return written
}

/** Reads a session back, and compares it with the archive. */
async function proofOf(
  source: ArchivedSession,
  session: ImportedSession,
  reader: TargetReader,
  options: RestoreOptions,
): Promise<Proof> {
  if (session.copyOf === null && source.facts) {
    const facts = reader.factsOf(session.id, source.facts)
    source.isWhole = facts?.placeless === source.facts.placeless
    if (facts?.digest === source.facts.digest) return 'exact'
    if (source.isWhole) return 'same'
  }
  const stored = await source.with(storedDocument)
  const found = reader.content(session.id)
  if (!found) return 'differs'
  const wanted = contentDigest(stored, reader.generation, found.directory, options.map)
  // A copy has ids of its own, and the writer has compared each of its rows: here it counts that all are there.
  if (session.copyOf !== null) return found.messages === wanted.messages ? 'same' : 'differs'
  return found.digest === wanted.digest ? 'same' : 'differs'
}
