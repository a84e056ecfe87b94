import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { headOf } from '../../base/file-head.ts'
import { headerOfInfo } from '../../stores/session-info.ts'
import { ZipReader } from '../../zip/reader.ts'
import { type Keys, openDecrypted } from '../encrypt.ts'
import { countsOf, parseEntry, type SessionDocument } from '../format/document.ts'
import {
  archiveVersion,
  type Manifest,
  type ManifestCopy,
  type ManifestEntry,
  type ManifestSession,
  parseManifest,
} from '../format/manifest.ts'
import { kindOfEntry, manifestName } from '../format/names.ts'
import { DiskFolder } from '../mirror/folder.ts'
import { interruptedMirror } from '../mirror/interrupted.ts'
import { FolderReader } from './folder-reader.ts'

/** What is wrong with an archive; `entry` is null for the archive as a whole. */
export interface ArchiveProblem {
  readonly entry: string | null
  readonly reason: string
}

/** Where the entries of an archive are. */
export interface EntrySource {
  /** Names and sizes in bytes of everything that is there. */
  readonly sizes: ReadonlyMap<string, number>
  /** What is wrong with it as a whole, so that only a part of it may be there. */
  readonly fault: string | null
  /** @throws OcvaultError `failed` when it is not there, or damaged as far as the source can tell */
  read(entry: string): Promise<Uint8Array>
  /** The same in blocks, each gone when the next is asked for. */
  blocks(entry: string): AsyncIterable<Uint8Array>
  /** Whether every byte is as it was written, of what no entry holds too. */
  wholeness(onBytes?: (bytes: number) => void): Promise<'whole' | 'changed' | 'repacked'>
  close(): void
}

/** In bytes. */
const large = 2 ** 20

/** An archive that is read: a zip, an encrypted zip, or a folder of the same files. */
export class Archive {
  readonly path: string
  readonly manifest: Manifest
  /** Why the manifest was made anew of what sessions say themselves; null where it is the one that was written. */
  readonly lost: string | null
  /** What was wrong already when it was opened. */
  readonly problems: readonly ArchiveProblem[]
  readonly source: EntrySource
  readonly #listed: ReadonlyMap<string, ManifestEntry>

  constructor(path: string, source: EntrySource, manifest: Manifest, lost: string | null, problems: readonly ArchiveProblem[]) {
    this.path = path
    this.source = source
    this.manifest = manifest
    this.lost = lost
    this.problems = problems
    const { sessions, entries } = manifest
    const all: ManifestEntry[] = [...sessions, ...sessions.flatMap(({ copies }) => copies), ...entries]
    this.#listed = new Map(all.map((entry) => [entry.entry, entry]))
  }

  /** Everything that the manifest lists, by name. */
  get listed(): ReadonlyMap<string, ManifestEntry> {
    return this.#listed
  }

  #expected(entry: string): ManifestEntry {
    const listed = this.#listed.get(entry)
    if (!listed) throw new OcvaultError('failed', `${entry} is not in the manifest of ${this.path}`)
    return listed
  }

  #differs(entry: string): OcvaultError {
    return new OcvaultError('failed', `${entry} in ${this.path} is damaged: it is not what the manifest says`)
  }

  /**
   * The bytes of an entry, which are those that the manifest has the hash of.
   * @throws OcvaultError `failed` when it is missing or damaged
   */
  async read(entry: string): Promise<Uint8Array> {
    const { bytes, sha256 } = this.#expected(entry)
    // Of one that says how large it is nothing is held twice.
    if (bytes > large && this.source.sizes.get(entry) === bytes) return filled(bytes, this.blocks(entry))
    const content = await this.source.read(entry)
    if (content.length !== bytes || createHash('sha256').update(content).digest('hex') !== sha256) throw this.#differs(entry)
    return content
  }

  /**
   * The same in blocks, for what need not be held whole.
   * @throws OcvaultError `failed`, in the end at the latest, when it is missing or damaged
   */
  async *blocks(entry: string): AsyncIterable<Uint8Array> {
    const { bytes, sha256 } = this.#expected(entry)
    const hash = createHash('sha256')
    let size = 0
    for await (const block of this.source.blocks(entry)) {
      hash.update(block)
      size += block.length
      if (size > bytes) throw this.#differs(entry)
      yield block
    }
    if (size !== bytes || hash.digest('hex') !== sha256) throw this.#differs(entry)
  }

  /**
   * A session, or another copy of it.
   * @throws OcvaultError `failed` when it is missing or damaged
   */
  async document({ entry }: ManifestSession | ManifestCopy): Promise<SessionDocument> {
    return parseEntry(entry, await this.read(entry))
  }

  close(): void {
    this.source.close()
  }
}

/**
 * Opens an archive: the zip or the folder that `ocvault backup` wrote, encrypted or not. One that is damaged is opened as far as it can be read, and
 * says in `problems` what is wrong.
 * @throws OcvaultError `not-found`; `usage` when it is encrypted and no key was given; `failed` when it is no archive, or not to be trusted
 */
export async function openArchive(path: string, keys: Keys = {}): Promise<Archive> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new OcvaultError('not-found', `no such file or folder: ${path}`)
  const source = stat.isDirectory() ? new FolderReader(resolve(path)) : await openFile(path, keys)
  try {
    return await open(path, source)
  } catch (error) {
    source.close()
    throw error
  }
}

async function openFile(path: string, keys: Keys): Promise<EntrySource> {
  const head = headOf(path)
  const isAge = head.startsWith('age-encryption.org/') || head.startsWith('-----BEGIN AGE')
  if (!isAge && !head.startsWith('PK')) {
    throw new OcvaultError('failed', `${path} is no archive: neither a zip nor encrypted by age`)
  }
  const zip = isAge ? new ZipReader(path, await openDecrypted(path, keys)) : ZipReader.open(path)
  try {
    await zip.load()
  } catch (error) {
    zip.close()
    throw error
  }
  const entries = new Map(zip.entries.map((entry) => [entry.name, entry]))
  const found = (name: string) => {
    const entry = entries.get(name)
    if (!entry) throw new OcvaultError('failed', `${name} is missing in ${path}`)
    return entry
  }
  return {
    sizes: new Map(zip.entries.map(({ name, size }) => [name, size])),
    fault: zip.fault,
    read: async (name) => zip.read(found(name)),
    blocks: (name) => zip.blocks(found(name)),
    wholeness: (onBytes) => zip.wholeness(onBytes),
    close: () => zip.close(),
  }
}

async function open(path: string, source: EntrySource): Promise<Archive> {
  const problems: ArchiveProblem[] = source.fault === null ? [] : [{ entry: null, reason: source.fault }]
  let lost: string
  try {
    const written = parseManifest(path, await source.read(manifestName))
    // A backup into a folder that was interrupted, or is running, has replaced some files already.
    const interrupted = source instanceof FolderReader ? interruptedMirror(new DiskFolder(resolve(path))) : undefined
    const manifest = interrupted?.manifest ?? written
    for (const { entry } of [...manifest.sessions, ...manifest.sessions.flatMap(({ copies }) => copies), ...manifest.entries]) {
      if (!source.sizes.has(entry)) problems.push({ entry, reason: 'is missing' })
    }
    const archive = new Archive(path, source, manifest, null, problems)
    if (interrupted && source instanceof FolderReader)
      source.omit([...interrupted.pending].filter((entry) => !archive.listed.has(entry)))
    return archive
  } catch (error) {
    lost = reasonOf(error)
    if (/is of version \d+/.test(lost)) throw error
  }
  const manifest = await rebuilt(source, problems)
  if (manifest.sessions.length === 0) throw new OcvaultError('failed', `${path} is no archive, or nothing of it is left: ${lost}`)
  return new Archive(path, source, manifest, lost, [{ entry: manifestName, reason: lost }, ...problems])
}

/** A manifest of what is left, from what the sessions say themselves: nobody knows what else there was. */
async function rebuilt(source: EntrySource, problems: ArchiveProblem[]): Promise<Manifest> {
  const sessions: ManifestSession[] = []
  const entries: ManifestEntry[] = []
  const copies = new Map<string, ManifestCopy[]>()
  for (const entry of source.sizes.keys()) {
    const kind = kindOfEntry(entry)
    if (kind === 'manifest') continue
    try {
      const bytes = await source.read(entry)
      const listed = { entry, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
      if (kind !== 'session' && kind !== 'copy') {
        if (kind === 'blob' && entry !== `blobs/${listed.sha256}`) throw new OcvaultError('failed', 'is damaged')
        entries.push(listed)
        continue
      }
      const document = parseEntry(entry, bytes)
      const { id, title, parentID, projectID, directory, time } = headerOfInfo(document.id, document.info)
      const stored = { ...listed, source: 0, counts: countsOf(document), blobs: document.files.map(({ sha256 }) => sha256) }
      if (kind === 'copy') copies.set(id, [...(copies.get(id) ?? []), stored])
      else sessions.push({ ...stored, id, title, parentID, projectID, directory, updated: time.updated, copies: [] })
    } catch (error) {
      problems.push({ entry, reason: reasonOf(error) })
    }
  }
  return {
    format: 'ocvault-archive',
    version: archiveVersion,
    tool: '',
    time: 0,
    scope: {},
    sources: [],
    leftOut: [],
    problems: [],
    sessions: sessions.map((session) => ({ ...session, copies: copies.get(session.id) ?? [] })),
    entries,
    sha256: '',
  }
}

/** Blocks of known length together. Memory is taken as they come, however long they are said to be. */
async function filled(length: number, blocks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const content = Buffer.allocUnsafeSlow(length)
  let at = 0
  for await (const block of blocks) {
    content.set(block, at)
    at += block.length
  }
  return content
}
