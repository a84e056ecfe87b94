import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { blocksOf, Hashed } from '../base/blocks.ts'
import { OcvaultError, reasonOf, StoreChanged } from '../base/errors.ts'
import { GatheredJSON } from '../base/gathered.ts'
import { isObject } from '../base/json.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import type { Store } from '../stores/store.ts'
import { printEntry } from './format/entry.ts'
import {
  archiveVersion,
  type Manifest,
  type ManifestCopy,
  type ManifestEntry,
  type ManifestSession,
  manifestPieces,
  sealed,
  sessionPacking,
} from './format/manifest.ts'
import { blobName, EntryNames, kindOfEntry, manifestName } from './format/names.ts'
import { messageObjects, ruleFor } from './format/records.ts'
import { blocksOfFile, type SideFile } from './format/side-files.ts'

/** Where the entries of an archive go: a zip, or a folder. */
export interface ArchiveSink {
  /** Called before the first entry: there is something to write. Once more after it was abandoned, when it begins anew. */
  begin(): void
  /**
   * Takes an entry; none comes twice, and `manifest.json` is the last.
   * @param blocks are only lent, and to be read to the end
   */
  add(name: string, blocks: Iterable<Uint8Array>): Promise<void>
  /** Puts everything into its place. */
  finish(): Promise<void>
  /** After a failure: leaves nothing that looks whole and is not. */
  abandon(): Promise<void>
}

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

/** What no archive holds. */
export const leftOut: readonly string[] = [
  'logins and tokens',
  'secrets of share links',
  'how to reach workspaces',
  'the event log',
  'logs',
]

/** How often an archive is begun anew because a store was changed. */
const attempts = 4

/** Of a session that waits to be written this much is kept: there may be a hundred thousand. */
type Waiting = Pick<Session, 'id' | 'parentID'>

/**
 * Writes sessions, each with its subagents, into an archive (docs/archive-format.md); undefined when there are none: then the sink has not
 * begun. Each tree of sessions is read in one state of the stores.
 * @throws OcvaultError `failed` when stores change faster than they can be read; and what the sink throws
 */
export async function writeArchive(
  catalog: Catalog,
  sessions: Iterable<Waiting>,
  sink: ArchiveSink,
  options: WriteOptions,
): Promise<ArchiveSummary | undefined> {
  const parents = new Map<SessionID, SessionID | null>()
  for (const { id, parentID } of sessions) parents.set(id, parentID)
  if (parents.size === 0) return undefined
  const waiting = new Map<SessionID, boolean>()
  for (const [id, parentID] of parents) waiting.set(id, parentID !== null && parents.has(parentID))
  parents.clear()
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeOnce(catalog, waiting, sink, options)
    } catch (error) {
      await sink.abandon()
      // OpenCode came or went while a tree was read without locks; the next time there are some.
      if (!(error instanceof StoreChanged) || attempt >= attempts) throw error
    }
  }
}

async function writeOnce(
  catalog: Catalog,
  /** Each with whether it comes with its parent. */
  waiting: ReadonlyMap<SessionID, boolean>,
  sink: ArchiveSink,
  options: WriteOptions,
): Promise<ArchiveSummary> {
  sink.begin()
  const writer = new ArchiveWriter(catalog, sink, options, waiting.size)
  for (const [id, isBelow] of waiting) if (!isBelow) await writer.tree(id)
  for (const id of waiting.keys()) await writer.tree(id) // parents that go round in a circle
  if (options.snapshots) await writer.snapshots()
  const summary = await writer.manifest()
  await sink.finish()
  return summary
}

class ArchiveWriter {
  readonly #catalog: Catalog
  readonly #sink: ArchiveSink
  readonly #options: WriteOptions
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

  constructor(catalog: Catalog, sink: ArchiveSink, options: WriteOptions, total: number) {
    this.#catalog = catalog
    this.#sink = sink
    this.#options = options
    this.#total = total
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
    const kept = others.length > 0 ? [transcriptOf(leading.store, id)] : []
    for (const { store, source } of others) {
      const transcript = transcriptOf(store, id)
      if (kept.some((other) => saysNoMore(transcript, other))) continue
      kept.push(transcript)
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
    const { counts, files } = printed.facts
    for (const file of files) await this.#blob(file)
    return { ...listed, source, counts, blobs: files.map(({ sha256 }) => sha256) }
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

  async #blob({ from, sha256 }: SideFile): Promise<void> {
    if (this.#blobs.has(sha256)) return
    this.#blobs.add(sha256)
    const listed = await this.#add(blobName(sha256), blocksOfFile(from))
    if (listed.sha256 !== sha256) throw new StoreChanged(from)
    this.#entries.add(listed)
  }

  /** The repositories in which OpenCode keeps work trees, of the projects of the sessions that were written. */
  async snapshots(): Promise<void> {
    const folders = new Set(this.#catalog.stores.map(({ store }) => join(dirname(store.path), 'snapshot')))
    const taken = new Set<string>()
    for (const folder of folders) {
      for (const project of this.#projects) {
        if (kindOfEntry(`snapshots/${project}`) === undefined) continue
        for (const path of filesBelow(join(folder, project))) {
          const entry = `snapshots/${project}/${path}`
          const from = join(folder, project, path)
          if (taken.has(entry)) continue
          taken.add(entry)
          try {
            if (kindOfEntry(entry) === undefined) throw new OcvaultError('failed', 'has a name that an archive cannot have')
            const content = Buffer.concat([...blocksOfFile(from)].map((block) => Buffer.from(block)))
            this.#entries.add(await this.#add(entry, [content]))
          } catch (error) {
            this.#problem(from, reasonOf(error))
          }
        }
      }
    }
  }

  /** Writes the manifest, which makes the archive whole. */
  async manifest(): Promise<ArchiveSummary> {
    const { tool, time, scope, snapshots } = this.#options
    const sources = this.#catalog.stores.map(({ store }) => ({ kind: store.kind, path: store.path }))
    const left = snapshots ? [...leftOut] : [...leftOut, 'snapshots']
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

/** Paths of the files below a folder, in one order, with `/`; none for one that is not there. */
function* filesBelow(folder: string, below = ''): Iterable<string> {
  let names: { name: string; isFolder: boolean }[]
  try {
    const found = readdirSync(join(folder, below), { withFileTypes: true })
    names = found
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
  } catch {
    return
  }
  for (const { name, isFolder } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isFolder) yield* filesBelow(folder, `${below}${name}/`)
    else yield `${below}${name}`
  }
}

/** What is said in a copy: a hash of each message and part, under its ids. */
export type Transcript = ReadonlyMap<string, string>

export function transcriptOf(store: Store, id: SessionID): Transcript {
  const transcript = new Map<string, string>()
  for (const { shape, id: messageID, info, parts } of store.messages(id)) {
    const message =
      shape === 'v1' ? { info: { ...info, id: messageID }, parts: parts.map((part) => ({ ...part.data, id: part.id })) } : info
    const objects = shape === 'v1' ? messageObjects(message, 'v1') : [[`${shape} ${messageID}`, message] as const]
    for (const [key, object] of objects) {
      if (!isObject(object)) continue
      const text = ruleFor({ table: key.split(' ', 1)[0] ?? '' }, object) ?? ''
      transcript.set(key, createHash('sha256').update(text).digest('base64'))
    }
  }
  return transcript
}

/** Whether everything in a transcript is in another one, too. */
export const saysNoMore = (transcript: Transcript, other: Transcript) =>
  [...transcript].every(([key, hash]) => other.get(key) === hash)
