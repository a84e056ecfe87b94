import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { blocksOf } from '../../base/blocks.ts'
import { OcvaultError, StoreChanged } from '../../base/errors.ts'
import { writeAtomically, writingFailed } from '../../base/files.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import type { FoundStore } from '../../stores/catalog/discover.ts'
import { countsOf, type PrintedEntry, printEntry, type SideFileName } from '../format/entry.ts'
import { type ManifestSession, printManifest } from '../format/manifest.ts'
import { blobName, EntryNames, manifestName } from '../format/names.ts'
import { blocksOfFile, type SideFile } from '../format/side-files.ts'
import { saysNoMore, type Transcript, transcriptOf } from '../write.ts'
import { compareDocuments, documentIn, updatedOf } from './compare.ts'
import {
  growingFolder,
  hashOfFile,
  Journal,
  makeFolders,
  openMirror,
  prepareMirror,
  readWhole,
  sizeOf,
  syncFiles,
  writeGrowing,
} from './files.ts'
import { lockMirror } from './lock.ts'
import { mirrorManifest, removeManifestCopies, replay } from './manifest.ts'
import {
  type Claim,
  claimOf,
  copyNames,
  emptyState,
  type Held,
  type MachineState,
  pathOfState,
  readStates,
  removeStateCopies,
  writeState,
} from './state.ts'
import { takeInStrays } from './strays.ts'

export interface MirrorOptions {
  /** The name of this machine: `machineName`. */
  readonly machine: string
  /** Name and version of this program. */
  readonly tool: string
  /** How long to wait for another backup into the same folder, in ms. */
  readonly patience?: number
  readonly onProblem: (path: string, reason: string) => void
  readonly onProgress?: (progress: MirrorProgress) => void
}

interface MirrorProgress {
  readonly done: number
  readonly sessions: number
  readonly bytes: number
}

export interface MirrorReport {
  readonly machine: string
  /** Sessions in the mirror, those of all machines. */
  readonly sessions: number
  /** What was written, and why. */
  readonly written: readonly { readonly id: SessionID; readonly why: 'new' | 'changed' | 'diverged' }[]
  readonly unchanged: number
  /** Sessions that no store has any more. They stay until they are pruned. */
  readonly deleted: readonly ManifestSession[]
  /** Bytes of the files that were written. */
  readonly bytes: number
  /** Whether anything in the mirror is other than before. */
  readonly changed: boolean
}

/** Of a session that waits to be read this much is kept: there may be a hundred thousand. */
type Selected = Pick<Session, 'id' | 'parentID' | 'subagents'>

/** How often a session is read again that OpenCode changes meanwhile. */
const retries = 8

/**
 * Brings a mirror folder up to date: the files of an archive, of which only those are written whose sessions have changed. What OpenCode has deleted
 * stays, and is marked. Nothing is ever lost that another machine has put there, and a process that is killed at any point leaves a mirror that is
 * as good as before, or better (docs/mirror.md).
 * @param sessions to keep; their subagents come along
 * @throws OcvaultError `refused` when another backup is at work there, or when the folder holds something else; `failed` when it cannot be written
 */
export async function updateMirror(
  catalog: Catalog,
  sessions: Iterable<Selected>,
  mirror: string,
  options: MirrorOptions,
): Promise<MirrorReport> {
  return withMirror(mirror, options, (run) => run.update(catalog, sessions))
}

/**
 * Removes sessions that no store has any more.
 * @param ids of those that may go; others stay, and so does one that has come back
 * @throws as {@link updateMirror}
 */
export async function pruneMirror(mirror: string, ids: readonly SessionID[], options: MirrorOptions): Promise<ManifestSession[]> {
  return withMirror(mirror, options, (run) => run.prune(ids))
}

async function withMirror<T>(mirror: string, options: MirrorOptions, work: (run: Run) => Promise<T>): Promise<T> {
  openMirror(mirror)
  const unlock = lockMirror(mirror, options.patience)
  try {
    prepareMirror(mirror)
    const run = new Run(mirror, options)
    try {
      return await work(run)
    } finally {
      run.close()
    }
  } finally {
    unlock()
  }
}

/** A document that has grown, and is not in its place yet. */
interface Grown {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly counts: PrintedEntry['facts']['counts']
  readonly blobs: readonly string[]
  readonly source: number
}

type Place = { readonly store: FoundStore['store'] }

class Run {
  readonly #mirror: string
  readonly #options: MirrorOptions
  readonly #states: Map<string, MachineState>
  readonly #own: MachineState
  readonly #journal: Journal
  readonly #names = new EntryNames()
  /** Files that are to go once nothing names them. */
  readonly #unused = new Set<string>()
  /** Files that were put in place. */
  readonly #fresh = new Set<string>()
  readonly #written: { id: SessionID; why: 'new' | 'changed' | 'diverged' }[] = []
  /** Files of sessions that other machines hold, too. */
  readonly #others = new Map<string, Claim[]>()
  #changed: boolean
  #bytes = 0
  #grown = 0

  constructor(mirror: string, options: MirrorOptions) {
    const { machine, onProblem } = options
    this.#mirror = mirror
    this.#options = options
    this.#states = readStates(mirror, onProblem)
    this.#own = this.#states.get(machine) ?? emptyState(machine)
    this.#states.set(machine, this.#own)
    this.#journal = new Journal(mirror, machine)
    const lines = this.#journal.lines()
    this.#changed = lines.length > 0 || sizeOf(pathOfState(mirror, machine)) === undefined
    // Where the last backup was killed, files may be left that nothing names.
    for (const entry of replay(mirror, this.#own, lines)) this.#unused.add(entry)
    for (const state of this.#states.values()) {
      for (const claim of state.sessions.values()) {
        if (state !== this.#own) this.#others.set(claim.id, [...(this.#others.get(claim.id) ?? []), claim])
      }
    }
    this.#nameKnown()
    makeFolders(mirror)
  }

  #takeInStrays(): void {
    const { onProblem } = this.#options
    const nameFor = (id: SessionID) => this.#names.nameFor(id)
    const context = { states: this.#states, own: this.#own, journal: this.#journal, onProblem, nameFor, unwanted: this.#unused }
    const { unused, fresh } = takeInStrays(this.#mirror, context)
    for (const entry of unused) this.#unused.add(entry)
    for (const entry of fresh) this.#fresh.add(entry)
    this.#changed ||= unused.length + fresh.length > 0
  }

  /** A session keeps its name; of two that differ in case only, the plain one is that which had it. */
  #nameKnown(): void {
    const claims = [...this.#states.values()].flatMap(({ sessions }) => [...sessions.values()])
    claims.sort((a, b) => a.entry.length - b.entry.length || (a.entry < b.entry ? -1 : 1))
    for (const { id } of claims) this.#names.nameFor(id)
  }

  #leadName(id: SessionID): string {
    return `sessions/${this.#names.nameFor(id)}.json`
  }

  #path(entry: string): string {
    return join(this.#mirror, entry)
  }

  close(): void {
    this.#journal.close()
  }

  deleted(): ManifestSession[] {
    return mirrorManifest(this.#mirror, this.#states.values()).sessions.filter(isDeleted)
  }

  async update(catalog: Catalog, sessions: Iterable<Selected>): Promise<MirrorReport> {
    const trees = treesOf(catalog, sessions)
    const ids = trees.flat()
    this.#takeInStrays()
    this.#dropPruned()
    const marks = this.#marksOf(catalog, ids)
    const { tool } = this.#options
    const isCurrent = this.#own.tool === tool
    // Another release may print the same sessions in another way.
    if (!isCurrent) this.#changed = true
    this.#own.tool = tool
    let done = 0
    let unchanged = 0
    for (const tree of trees) {
      const wanted = tree.filter((id) => !isCurrent || !this.#isUnchanged(id, marks.get(id) ?? ''))
      unchanged += tree.length - wanted.length
      if (wanted.length > 0) await this.#keep(catalog, wanted, marks)
      done += tree.length
      this.#options.onProgress?.({ done, sessions: ids.length, bytes: this.#bytes })
    }
    this.#markDeleted(catalog, new Set(ids))
    this.#noteProblems(catalog)
    const manifest = await this.#finish()
    return {
      machine: this.#own.machine,
      sessions: manifest.length,
      written: this.#written,
      unchanged,
      deleted: manifest.filter(isDeleted),
      bytes: this.#bytes,
      changed: this.#changed,
    }
  }

  /** What another machine has removed, because nobody has it any more. */
  #dropPruned(): void {
    for (const { id, entry, deleted } of [...this.#own.sessions.values()]) {
      if (deleted === null || sizeOf(this.#path(entry)) !== undefined) continue
      this.#own.sessions.delete(id)
      this.#changed = true
    }
  }

  async prune(ids: readonly SessionID[]): Promise<ManifestSession[]> {
    const wanted = new Set(ids)
    const gone = this.deleted().filter(({ id }) => wanted.has(id))
    for (const { id, entry, copies, blobs } of gone) {
      const hashes = [blobs, ...copies.map((copy) => copy.blobs)].flat()
      const files = [entry, ...copies.map((copy) => copy.entry), ...hashes.map(blobName)]
      this.#journal.add({ prune: id, files })
      this.#own.sessions.delete(id)
      for (const path of files) this.#unused.add(path)
      this.#changed = true
    }
    await this.#finish(new Set(gone.map(({ id }) => id)))
    return gone
  }

  /** What tells of each session whether it has changed, from all stores that have it. Taken before anything is read. */
  #marksOf(catalog: Catalog, ids: readonly SessionID[]): Map<SessionID, string> {
    const marks = new Map<SessionID, string>()
    for (const { store } of catalog.stores) {
      for (const [id, mark] of store.marks(false, ids)) {
        const before = marks.get(id)
        const own = `${store.kind} ${mark}`
        marks.set(id, before === undefined ? own : `${before} + ${own}`)
      }
    }
    return marks
  }

  #isUnchanged(id: SessionID, mark: string): boolean {
    const claim = this.#own.sessions.get(id)
    if (!claim || claim.mark !== mark || mark === '' || claim.deleted !== null) return false
    if (![claim, ...claim.copies].every(({ entry, bytes }) => sizeOf(this.#path(entry)) === bytes)) return false
    if (!claim.blobs.every((hash) => sizeOf(this.#path(blobName(hash))) !== undefined)) return false
    // Where another machine says something else of the same file, the file is asked.
    const disputed = this.#others.get(id)?.some(({ entry, sha256 }) => entry === claim.entry && sha256 !== claim.sha256)
    return !disputed || hashOfFile(this.#path(claim.entry)) === claim.sha256
  }

  /** Reads sessions of one tree anew, in one state of the stores, and puts what has changed into its place. */
  async #keep(catalog: Catalog, ids: readonly SessionID[], marks: ReadonlyMap<SessionID, string>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const printed: [Session, Grown[]][] = []
      try {
        await catalog.held(() => {
          for (const id of ids) {
            const session = catalog.session(id)
            const documents = session ? this.#print(catalog, session) : []
            if (session && documents.length > 0) printed.push([session, documents])
          }
        })
      } catch (error) {
        if (!(error instanceof StoreChanged) || attempt >= retries) throw error
        continue
      }
      for (const [session, documents] of printed) this.#place(session, marks.get(session.id) ?? '', documents)
      return
    }
  }

  /** The documents of a session, the leading one first, and of the others those that say something else. */
  #print(catalog: Catalog, session: Session): Grown[] {
    const grown: Grown[] = []
    const transcripts: Transcript[] = []
    for (const { store: kind, path } of session.copies) {
      const place = catalog.stores.find(({ store }) => store.kind === kind && store.path === path)
      if (!place) continue
      if (session.copies.length > 1) {
        const transcript = transcriptOf(place.store, session.id)
        if (transcripts.some((other) => saysNoMore(transcript, other))) continue
        transcripts.push(transcript)
      }
      const document = this.#printOne(place, session.id, grown.length === 0 ? this.#filesBefore(session.id) : [])
      // Without its leading copy a session is not kept: another one would pass for it.
      if (!document && grown.length === 0) return []
      if (document) grown.push(document)
    }
    return grown
  }

  /** Undefined for a session that cannot be read: the others are worth having all the same. */
  #printOne({ store }: Place, id: SessionID, earlier: readonly SideFileName[]): Grown | undefined {
    const path = join(this.#mirror, growingFolder, `document-${this.#grown++}`)
    const onProblem = (reason: string) => this.#options.onProblem(store.path, `session ${id}: ${reason}`)
    let printed: PrintedEntry
    try {
      printed = printEntry(store, id, onProblem, earlier)
    } catch (error) {
      if (error instanceof StoreChanged || !(error instanceof OcvaultError)) throw error
      onProblem(error.message)
      return undefined
    }
    const { sha256, bytes } = writeGrowing(path, blocksOf(printed.pieces))
    const { counts, files } = printed.facts
    for (const file of files) this.#keepBlob(file)
    const gone = earlier.filter((file) => !files.some(({ path: at }) => at === file.path))
    const blobs = [...new Set([...files, ...gone].map((file) => file.sha256))].sort()
    return { path, sha256, bytes, counts: { ...counts }, blobs, source: this.#sourceOf(store) }
  }

  /** Files that the last document of a session names, and that are in the mirror: OpenCode deletes the long output of a tool after some days. */
  #filesBefore(id: SessionID): readonly SideFileName[] {
    const claim = this.#own.sessions.get(id)
    if (!claim || claim.blobs.length === 0) return []
    const files = documentIn(this.#path(claim.entry))?.files ?? []
    return files.filter(({ sha256, bytes }) => sizeOf(this.#path(blobName(sha256))) === bytes)
  }

  #sourceOf({ kind, path }: Place['store']): number {
    const at = this.#own.sources.findIndex((source) => source.kind === kind && source.path === path)
    if (at >= 0) return at
    return this.#own.sources.push({ kind, path }) - 1
  }

  #keepBlob({ from, sha256, bytes }: SideFile): void {
    const entry = blobName(sha256)
    if (sizeOf(this.#path(entry)) !== bytes) {
      const growing = join(this.#mirror, growingFolder, 'blob')
      if (writeGrowing(growing, blocksOfFile(from)).sha256 !== sha256) throw new StoreChanged(from)
      this.#journal.add({ blob: { entry, bytes, sha256 } })
      this.#move(growing, entry, bytes)
    }
    this.#own.blobs.set(entry, { entry, bytes, sha256 })
  }

  #move(growing: string, entry: string, bytes: number): void {
    try {
      renameSync(growing, this.#path(entry))
    } catch (error) {
      throw writingFailed(this.#path(entry), error)
    }
    this.#fresh.add(entry)
    this.#unused.delete(entry)
    this.#bytes += bytes
    this.#changed = true
  }

  #place(session: Session, mark: string, [lead, ...copies]: Grown[]): void {
    const { id, title, parentID, projectID, directory } = session
    const before = this.#own.sessions.get(id)
    const about = { id, title, parentID, projectID, directory, updated: session.time.updated, mark, deleted: null }
    const { entry, covered } = this.#placeOf(id, lead!, session.time.updated)
    const stored = ({ sha256, bytes, counts, source, blobs }: Grown, at: string): Held => ({
      source,
      entry: at,
      bytes,
      sha256,
      counts,
      blobs,
    })
    const taken = (before?.copies ?? []).filter((copy) => copy.taken === true)
    const numbers = this.#freeCopies(id, [...taken.map((copy) => copy.entry), entry])
    const files = copies.map((grown) => ({ grown, as: stored(grown, numbers()) }))
    const leading = covered ?? stored(lead!, entry)
    const claim = (upTo: number): Claim =>
      claimOf({ ...leading, ...about, copies: [...taken, ...files.slice(0, upTo).map(({ as }) => as)] })

    if (!covered) this.#put(lead!, entry, claim(0))
    for (const [index, { grown, as }] of files.entries()) this.#put(grown, as.entry, claim(index + 1))
    const now = claim(files.length)
    const kept = new Set([now.entry, ...now.copies.map((copy) => copy.entry)])
    for (const old of before ? [before, ...before.copies] : []) if (!kept.has(old.entry)) this.#unused.add(old.entry)
    if (JSON.stringify(now) !== JSON.stringify(before)) {
      this.#changed = true
      if (!covered && before?.sha256 !== now.sha256) {
        this.#written.push({ id, why: entry.startsWith('copies/') ? 'diverged' : before ? 'changed' : 'new' })
      }
    }
    this.#own.sessions.set(id, now)
    // What was there already, or is held by another file.
    for (const { path } of [lead!, ...copies]) rmSync(path, { force: true })
  }

  /** Puts a document into its place, unless it stands there already. */
  #put(grown: Grown, entry: string, claim: Claim): void {
    this.#journal.add({ put: claim })
    if (hashOfFile(this.#path(entry)) === grown.sha256) return
    this.#move(grown.path, entry, grown.bytes)
  }

  /**
   * Where a session's document goes: to `sessions/`, unless another machine has put something there that this one does not hold. Where that holds
   * all of this one, there is nothing to write.
   */
  #placeOf(id: SessionID, grown: Grown, updated: number): { entry: string; covered?: Held } {
    const entry = this.#leadName(id)
    const path = this.#path(entry)
    const there = hashOfFile(path)
    const others = (this.#others.get(id) ?? []).filter((claim) => claim.entry === entry && claim.sha256 === there)
    const mine = this.#own.sessions.get(id)
    const isMine = mine?.entry === entry && mine.sha256 === there && !others.some((claim) => claim.deleted === null)
    // A backup that was killed while it pruned may not have come to remove it.
    const isPruned = mine === undefined && others.length === 0 && this.#unused.has(entry)
    if (there === undefined || there === grown.sha256 || isMine || isPruned) return { entry }
    const [document, standing] = [documentIn(grown.path), documentIn(path)]
    // What is no session's document was damaged, or is not complete.
    if (!standing && others.length === 0 && (sizeOf(path) ?? 0) < 2 ** 29) return { entry }
    const comparison = document && standing ? compareDocuments(document, standing) : 'diverged'
    if (comparison === 'ahead') return { entry }
    if (comparison === 'diverged') {
      const ownCopy = mine?.entry.startsWith('copies/') ? mine.entry : this.#freeCopies(id, [])()
      return { entry: ownCopy }
    }
    const standingUpdated = updatedOf(standing!)
    const isNewer = updated > standingUpdated || (updated === standingUpdated && grown.sha256 > there)
    if (comparison === 'same' && isNewer) return { entry }
    const known = others[0] ?? (mine?.sha256 === there ? mine : undefined)
    const counts = known?.counts ?? countsOf(standing!)
    const bytes = sizeOf(path) ?? 0
    return {
      entry,
      covered: { entry, bytes, sha256: there, counts, blobs: known?.blobs ?? [], source: grown.source },
    }
  }

  /** Names for copies of a session that no other machine takes. */
  #freeCopies(id: SessionID, taken: readonly string[]): () => string {
    return copyNames(this.#own.machine, this.#names.nameFor(id), (entry) => taken.includes(entry))
  }

  /** Sessions that were here, and that no store has any more. A store that is not there, or cannot be read, deletes nothing. */
  #markDeleted(catalog: Catalog, seen: ReadonlySet<SessionID>): void {
    const rest = [...this.#own.sessions.values()].filter(
      ({ id, deleted, guest }) => !seen.has(id) && deleted === null && guest !== true,
    )
    if (rest.length === 0) return
    const ids = rest.map(({ id }) => id)
    const there = new Set(catalog.stores.flatMap(({ store }) => [...store.updated(ids).keys()]))
    const unreadable = catalog.problems().filter(({ kind }) => kind === 'unreadable')
    const isSound = ({ kind, path }: MachineState['sources'][number]) =>
      catalog.stores.some(({ store }) => store.kind === kind && store.path === path) &&
      !unreadable.some((problem) => problem.path.startsWith(path))
    for (const claim of rest) {
      const sources = [claim, ...claim.copies].map(({ source }) => this.#own.sources[source])
      if (there.has(claim.id) || !sources.every((source) => source && isSound(source))) continue
      const gone = claimOf({ ...claim, deleted: Date.now() })
      this.#journal.add({ put: gone })
      this.#own.sessions.set(claim.id, gone)
      this.#changed = true
    }
  }

  #noteProblems(catalog: Catalog): void {
    const problems = catalog
      .problems()
      .filter(({ kind }) => kind === 'unreadable')
      .map(({ path, reason }) => ({ path, reason }))
    this.#changed ||= JSON.stringify(problems) !== JSON.stringify(this.#own.problems)
    this.#own.problems = problems
  }

  /**
   * Everything is in place: files to the disk, then what this machine knows, then the manifest, and then what nothing names any more may go.
   * @returns the sessions of the mirror
   */
  async #finish(without: ReadonlySet<SessionID> = new Set()): Promise<ManifestSession[]> {
    if (this.#changed) {
      this.#dropBlobs()
      const named = this.#named(without)
      for (const entry of [...this.#unused]) {
        if (named.has(entry)) this.#unused.delete(entry)
      }
      if (this.#unused.size > 0) this.#journal.add({ files: [...this.#unused] })
      this.#journal.sync()
      await syncFiles([...this.#fresh].map((entry) => this.#path(entry)))
      this.#own.time = Date.now()
      writeState(this.#mirror, this.#own)
      await syncFiles([pathOfState(this.#mirror, this.#own.machine)])
    }
    const manifest = mirrorManifest(this.#mirror, this.#states.values())
    const sessions = manifest.sessions.filter(({ id }) => !without.has(id))
    const text = Buffer.from(printManifest({ ...manifest, sessions }))
    const path = this.#path(manifestName)
    if (!text.equals(readWhole(path))) {
      writeAtomically(path, [text])
      await syncFiles([path])
      this.#changed = true
    }
    for (const entry of this.#unused) rmSync(this.#path(entry), { force: true })
    removeStateCopies(this.#mirror, this.#own.machine)
    removeManifestCopies(this.#mirror)
    this.#journal.clear()
    return sessions
  }

  /** Blobs of this machine that none of its sessions names any more. */
  #dropBlobs(): void {
    const claims = [...this.#own.sessions.values()].flatMap((claim) => [claim, ...claim.copies])
    const named = new Set(claims.flatMap(({ blobs }) => blobs.map(blobName)))
    for (const entry of [...this.#own.blobs.keys()]) {
      if (named.has(entry)) continue
      this.#own.blobs.delete(entry)
      this.#unused.add(entry)
    }
  }

  /** Every file that some machine names. */
  #named(without: ReadonlySet<SessionID>): Set<string> {
    const named = new Set<string>()
    for (const { sessions, blobs } of this.#states.values()) {
      for (const claim of sessions.values()) {
        if (without.has(claim.id)) continue
        for (const { entry, blobs: hashes } of [claim, ...claim.copies]) {
          named.add(entry)
          for (const hash of hashes) named.add(blobName(hash))
        }
      }
      for (const entry of without.size > 0 ? [] : blobs.keys()) named.add(entry)
    }
    return named
  }
}

const isDeleted = (session: ManifestSession): boolean => typeof session.deleted === 'number'

/** Sessions with their subagents, those of a tree together, and each once. */
function treesOf(catalog: Catalog, sessions: Iterable<Selected>): SessionID[][] {
  const selected = new Map<SessionID, Selected>()
  for (const { id, parentID, subagents } of sessions) selected.set(id, { id, parentID, subagents })
  const isBelow = ({ parentID }: Selected) => parentID !== null && selected.has(parentID)
  const roots = [...selected.values()].filter((session) => !isBelow(session))
  const placed = new Set<SessionID>()
  // Those whose parents go round in a circle come last, each by itself.
  return [...roots, ...selected.values()].flatMap(({ id, subagents }) => {
    if (placed.has(id)) return []
    const root = subagents > 0 ? catalog.session(id) : undefined
    const tree = root ? [...catalog.tree(root)].map(([session]) => session.id) : [id]
    const fresh = [...new Set(tree)].filter((member) => !placed.has(member))
    for (const member of fresh) placed.add(member)
    return [fresh]
  })
}
