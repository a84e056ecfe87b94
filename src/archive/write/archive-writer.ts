import { dirname, join } from 'node:path'
import { blocksOf, Hashed } from '../../base/blocks.ts'
import { OcvaultError, StoreChanged } from '../../base/errors.ts'
import { GatheredJSON } from '../../base/gathered.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { pinnedSessions } from '../../stores/catalog/pinned.ts'
import type { Store } from '../../stores/store.ts'
import { printEntry } from '../format/entry.ts'
import { IndexCheck } from '../format/index-check.ts'
import {
  archiveVersion,
  leftOut,
  type Manifest,
  type ManifestCopy,
  type ManifestEntry,
  type ManifestSession,
} from '../format/manifest.ts'
import { manifestPieces, sealed } from '../format/manifest-print.ts'
import { blobName, EntryNames, manifestName } from '../format/names.ts'
import { sessionPacking } from '../format/session-packing.ts'
import type { BlobSource } from '../format/side-files.ts'
import { saysNoMore, transcriptOf } from '../format/transcript.ts'
import type { ArchiveSink } from './sink.ts'
import { snapshotFiles } from './snapshots.ts'

export interface BackupProgress {
  readonly done: number
  readonly sessions: number
  /** Bytes of entries so far. */
  readonly bytes: number
}

export interface WriteOptions {
  /** Which program writes: name and version. */
  readonly tool: string
  /** ms since the epoch */
  readonly time: number
  /** Which sessions were asked for, for people. */
  readonly scope: Readonly<Record<string, unknown>>
  /** Also the snapshot repositories of the sessions' projects. */
  readonly snapshots?: boolean
  /** Is told what could not be read, and is missing in the archive. */
  readonly onProblem: (problem: { readonly path: string; readonly reason: string }) => void
  readonly onProgress?: (progress: BackupProgress) => void
}

/** What was written, in numbers. */
export interface ArchiveSummary extends Pick<Manifest, 'time' | 'sources' | 'leftOut' | 'problems'> {
  readonly sessions: number
  /** Those of the sessions that another one has started. */
  readonly subagents: number
  readonly messages: number
  readonly parts: number
  /** Older or other copies of the sessions. */
  readonly copies: number
  /** Entries that are no sessions. */
  readonly files: number
  /** Bytes of all entries but the manifest, unpacked. */
  readonly unpacked: number
}

/** Writes the entries of one archive, in order. */
export class ArchiveWriter {
  readonly #catalog: Catalog
  readonly #sink: ArchiveSink
  readonly #options: WriteOptions
  readonly #check: IndexCheck
  readonly #names = new EntryNames()
  readonly #written = new Set<SessionID>()
  readonly #blobs = new Set<string>()
  readonly #sessions = new GatheredJSON(sessionPacking())
  readonly #entries = new GatheredJSON<ManifestEntry>()
  readonly #projects = new Set<string>()
  readonly #sums = { subagents: 0, messages: 0, parts: 0, copies: 0 }
  readonly #problems: { path: string; reason: string }[] = []
  #total: number
  #bytes = 0

  /** @param ids of the sessions that are wanted; their subagents come along */
  constructor(catalog: Catalog, sink: ArchiveSink, options: WriteOptions, ids: readonly SessionID[]) {
    this.#catalog = catalog
    this.#check = new IndexCheck(
      catalog.stores.map(({ store }) => store),
      ids,
    )
    this.#sink = sink
    this.#options = options
    this.#total = ids.length
  }

  #problem(path: string, reason: string): void {
    this.#problems.push({ path, reason })
    this.#options.onProblem({ path, reason })
  }

  /** A session and its subagents, all as they are at one moment. */
  async tree(id: SessionID): Promise<void> {
    if (this.#written.has(id)) return
    await this.#catalog.held(async () => {
      const root = this.#catalog.session(id)
      if (!root) this.#problem(`session ${id}`, 'is there, but cannot be read')
      else for (const [session] of this.#catalog.tree(root)) await this.#session(session)
    })
  }

  async #session(session: Session): Promise<void> {
    const { id, title, parentID, projectID, directory, time } = session
    if (this.#written.has(id)) return
    this.#written.add(id)
    this.#total = Math.max(this.#total, this.#written.size)
    const [leading, ...others] = session.copies.flatMap((copy) => {
      const at = this.#catalog.stores.findIndex(({ store }) => store.path === copy.path && store.kind === copy.store)
      const found = this.#catalog.stores[at]
      return found ? [{ store: found.store, source: at }] : []
    })
    if (!leading) return this.#problem(`session ${id}`, 'is there, but cannot be read')
    const name = this.#names.nameFor(id)
    const main = await this.#document(leading.store, leading.source, id, `sessions/${name}.json`)
    if (!main) return
    const copies: ManifestCopy[] = []
    const transcripts = others.length > 0 ? [transcriptOf(leading.store, id)] : []
    for (const { store, source } of others) {
      const transcript = transcriptOf(store, id)
      if (transcripts.some((other) => saysNoMore(transcript, other))) continue
      transcripts.push(transcript)
      const copy = await this.#document(store, source, id, `copies/${name}.${copies.length + 1}.json`)
      if (copy) copies.push(copy)
    }
    const listed: ManifestSession = { id, title, parentID, projectID, directory, updated: time.updated, ...main, copies }
    this.#sessions.add(listed)
    if (projectID !== null) this.#projects.add(projectID)
    if (parentID !== null) this.#sums.subagents++
    this.#sums.messages += main.counts.messages
    this.#sums.parts += main.counts.parts
    this.#sums.copies += copies.length
    this.#options.onProgress?.({ done: this.#sessions.length, sessions: this.#total, bytes: this.#bytes })
  }

  async #document(store: Store, source: number, id: SessionID, entry: string): Promise<ManifestCopy | undefined> {
    const onProblem = (reason: string) => this.#problem(store.path, `session ${id}: ${reason}`)
    let printed: ReturnType<typeof printEntry>
    try {
      printed = printEntry(store, id, onProblem)
    } catch (error) {
      if (error instanceof StoreChanged || !(error instanceof OcvaultError)) throw error
      onProblem(error.message)
      return undefined
    }
    const listed = await this.#add(entry, blocksOf(printed.pieces))
    const damage = this.#check.reasonFor(store, id)
    if (damage !== undefined) onProblem(damage)
    const { counts, files, long } = printed.facts
    const blobs = [...files, ...long]
    for (const blob of blobs) await this.#blob(blob)
    return { ...listed, source, counts, blobs: blobs.map(({ sha256 }) => sha256) }
  }

  async #add(entry: string, blocks: Iterable<Uint8Array>): Promise<ManifestEntry> {
    const content = new Hashed(blocks)
    let bytes = 0
    const counted = function* () {
      for (const block of content) {
        bytes += block.length
        yield block
      }
    }
    await this.#sink.add(entry, counted())
    this.#bytes += bytes
    return { entry, bytes, sha256: content.sha256() }
  }

  async #blob({ from, sha256, blocks }: BlobSource): Promise<void> {
    if (this.#blobs.has(sha256)) return
    this.#blobs.add(sha256)
    const listed = await this.#add(blobName(sha256), blocks())
    if (listed.sha256 !== sha256) throw new StoreChanged(from)
    this.#entries.add(listed)
  }

  /** The repositories in which OpenCode keeps work trees, of the projects of the sessions that were written. */
  async snapshots(): Promise<void> {
    const folders = new Set(this.#catalog.stores.map(({ store }) => join(dirname(store.path), 'snapshot')))
    for (const file of snapshotFiles(folders, this.#projects)) {
      if ('problem' in file) this.#problem(file.from, file.problem)
      else this.#entries.add(await this.#add(file.entry, file.blocks))
    }
  }

  /** Writes the manifest, which makes the archive whole. */
  async manifest(): Promise<ArchiveSummary> {
    const { tool, time, scope, snapshots } = this.#options
    const sources = this.#catalog.stores.map(({ store }) => ({ kind: store.kind, path: store.path }))
    const left = snapshots ? [...leftOut] : [...leftOut, 'snapshots']
    const pinned = [...pinnedSessions(this.#catalog)].filter((id) => this.#written.has(id))
    const manifest = sealed({
      format: 'ocvault-archive',
      version: archiveVersion,
      tool,
      time,
      scope,
      sources,
      leftOut: left,
      problems: this.#problems,
      sessions: this.#sessions,
      entries: this.#entries,
      ...(pinned.length > 0 && { pinned }),
    })
    const unpacked = this.#bytes
    await this.#sink.add(manifestName, blocksOf(manifestPieces(manifest)))
    return {
      time,
      sources,
      leftOut: left,
      problems: this.#problems,
      sessions: this.#sessions.length,
      ...this.#sums,
      files: this.#entries.length,
      unpacked,
    }
  }
}
