import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { blocksOf } from '../../base/blocks.ts'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import { headerOfInfo } from '../../stores/session-info.ts'
import type { Keys } from '../encrypt.ts'
import { blobsNamed, countsOf, projectRecordsOf, recordsOf } from '../format/document.ts'
import { printEntry } from '../format/entry.ts'
import type { ManifestCopy, ManifestSession } from '../format/manifest.ts'
import { manifestName } from '../format/names.ts'
import { DiskFolder, type MirrorFolder } from '../mirror/folder.ts'
import { readStates } from '../mirror/state.ts'
import type { Archive } from './archive.ts'
import { openArchive } from './reader.ts'

/** Something that is not as it should be. `session` is null for what belongs to none. */
export interface Damage {
  readonly session: SessionID | null
  readonly title: string | null
  readonly entry: string | null
  readonly reason: string
}

/** What a store has since an archive was written. */
export interface Since {
  /** Sessions that are not in the archive, of its projects or of all. */
  readonly added: readonly SessionID[]
  readonly changed: readonly SessionID[]
  /** Sessions that are in the archive alone. */
  readonly gone: readonly SessionID[]
}

export interface VerifyReport {
  readonly path: string
  /** Whether all of it is as it was written. */
  readonly sound: boolean
  /** ms since the epoch; null where the manifest is lost. */
  readonly written: number | null
  /** How many sessions are there and whole, and what they hold. */
  readonly sessions: number
  readonly messages: number
  readonly parts: number
  readonly copies: number
  /** Of all entries, unpacked. */
  readonly bytes: number
  readonly damage: readonly Damage[]
  /** What is no damage, but worth knowing. */
  readonly notes: readonly string[]
  /** Only where a store was given. */
  readonly since: Since | null
}

export interface VerifyOptions {
  readonly keys?: Keys
  /** A store to compare with. */
  readonly catalog?: Catalog
  readonly onProgress?: (progress: { readonly done: number; readonly sessions: number; readonly bytes: number }) => void
}

/**
 * Checks all of an archive: every byte of the file, every hash, that every session parses, gives back its records, and has the
 * counts and the parent that the manifest says. Writes nothing.
 * @throws OcvaultError as `openArchive` does
 */
export async function verifyArchive(path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const archive = await openArchive(path, options.keys)
  try {
    const isFolder = statSync(path).isDirectory()
    return await verifyOpened(archive, options, isFolder ? new DiskFolder(resolve(path)) : undefined)
  } finally {
    archive.close()
  }
}

/** The same for an archive that is open, and stays so. @param mirror its files, where it may be a mirror */
export const verifyOpened = (
  archive: Archive,
  options: Omit<VerifyOptions, 'keys'>,
  mirror?: MirrorFolder,
): Promise<VerifyReport> => new Verifier(archive, options, mirror).run()

class Verifier {
  readonly #archive: Archive
  readonly #options: VerifyOptions
  readonly #mirror: MirrorFolder | undefined
  readonly #damage: Damage[] = []
  readonly #notes: string[] = []
  /** Entries that were read, and were as the manifest says. */
  readonly #sound = new Set<string>()
  readonly #ids: ReadonlySet<SessionID>
  #bytes = 0
  #done = 0

  constructor(archive: Archive, options: VerifyOptions, mirror: MirrorFolder | undefined) {
    this.#archive = archive
    this.#options = options
    this.#mirror = mirror
    this.#ids = new Set(archive.manifest.sessions.map(({ id }) => id))
  }

  async run(): Promise<VerifyReport> {
    const { path, manifest, lost, source, listed } = this.#archive
    if (lost !== null) this.#add(null, manifestName, lost)
    if (source.fault !== null) this.#add(null, null, source.fault)
    await this.#file()
    this.#machines()
    for (const { entry } of manifest.entries) await this.#plain(entry)
    const whole: ManifestSession[] = []
    for (const session of manifest.sessions) if (await this.#session(session)) whole.push(session)
    for (const entry of source.sizes.keys()) {
      if (entry !== manifestName && !listed.has(entry) && lost === null) this.#add(null, entry, 'is not in the manifest')
    }
    if (lost !== null) {
      for (const { entry, reason } of this.#archive.problems)
        if (entry !== null && entry !== manifestName) this.#add(null, entry, reason)
    }
    const { catalog } = this.#options
    const sum = (key: 'messages' | 'parts') => whole.reduce((total, { counts }) => total + counts[key], 0)
    return {
      path,
      sound: this.#damage.length === 0,
      written: lost === null ? manifest.time : null,
      sessions: whole.length,
      messages: sum('messages'),
      parts: sum('parts'),
      copies: whole.reduce((total, { copies }) => total + copies.length, 0),
      bytes: this.#bytes,
      damage: this.#damage,
      notes: this.#notes,
      since: catalog ? this.#since(catalog) : null,
    }
  }

  #add(session: ManifestSession | null, entry: string | null, reason: string): void {
    this.#damage.push({ session: session?.id ?? null, title: session?.title ?? null, entry, reason })
  }

  #progress(bytes: number): void {
    this.#bytes += bytes
    this.#options.onProgress?.({ done: this.#done, sessions: this.#archive.manifest.sessions.length, bytes: this.#bytes })
  }

  /** What no entry holds: the structures of the zip. */
  async #file(): Promise<void> {
    const state = await this.#archive.source.wholeness()
    if (state === 'repacked') this.#notes.push('it was packed again by another program, so only its entries can be checked')
    if (state === 'changed') this.#add(null, null, 'the file is not as it was written: bytes of it have changed, or are missing')
  }

  /** What the machines of a mirror say of it. */
  #machines(): void {
    if (this.#mirror) readStates(this.#mirror, (entry, reason) => this.#add(null, entry, reason))
  }

  async #plain(entry: string): Promise<boolean> {
    try {
      for await (const block of this.#archive.blocks(entry)) this.#progress(block.length)
      this.#sound.add(entry)
      return true
    } catch (error) {
      this.#add(null, entry, this.#short(error, entry))
      return false
    }
  }

  #short(error: unknown, entry: string): string {
    return reasonOf(error).replace(`${entry} in ${this.#archive.path} `, '').replace(`${entry} `, '')
  }

  async #session(session: ManifestSession): Promise<boolean> {
    let sound = true
    for (const stored of [session, ...session.copies]) {
      try {
        await this.#document(session, stored)
      } catch (error) {
        this.#add(session, stored.entry, this.#short(error, stored.entry))
        sound = false
      }
      const missing = stored.blobs.filter((sha256) => !this.#sound.has(`blobs/${sha256}`))
      if (missing.length > 0) {
        this.#add(session, stored.entry, `${missing.length} of its files are missing or damaged`)
        sound = false
      }
    }
    const { parentID, id } = session
    if (parentID !== null && !this.#ids.has(parentID)) {
      this.#notes.push(`session ${id} was started by ${parentID}, which is not in the archive`)
    }
    this.#done++
    this.#progress(0)
    return sound
  }

  async #document(session: ManifestSession, stored: ManifestSession | ManifestCopy): Promise<void> {
    const differs = (what: string) => new OcvaultError('failed', `is damaged: it has another ${what} than the manifest says`)
    const document = await this.#archive.document(stored)
    this.#progress(stored.bytes)
    if (document.id !== session.id) throw differs('id')
    const { messages, parts } = countsOf(document)
    if (messages !== stored.counts.messages || parts !== stored.counts.parts) throw differs('number of messages')
    const { parentID } = headerOfInfo(document.id, document.info)
    if (stored === session && parentID !== null && parentID !== session.parentID) throw differs('parent')
    for (const records of [recordsOf(document), projectRecordsOf(document)]) for (const _ of records);
    if (blobsNamed(document).some((sha256) => !stored.blobs.includes(sha256))) throw differs('list of files')
  }

  #since(catalog: Catalog): Since {
    const { sessions, scope } = this.#archive.manifest
    const added: SessionID[] = []
    const changed: SessionID[] = []
    const known = new Map(sessions.map((session) => [session.id, session]))
    const projects = new Set(sessions.map(({ projectID }) => projectID))
    for (const { id, projectID, copies } of catalog.sessions()) {
      const session = known.get(id)
      known.delete(id)
      if (!session) {
        if (scope.all === true || projects.has(projectID)) added.push(id)
        continue
      }
      const found = catalog.stores.find(({ store }) => store.kind === copies[0]?.store && store.path === copies[0].path)
      if (!found || hashOf(printEntry(found.store, id, () => undefined).pieces) !== session.sha256) changed.push(id)
    }
    return { added, changed, gone: [...known.keys()] }
  }
}

function hashOf(pieces: Iterable<string>): string {
  const hash = createHash('sha256')
  for (const block of blocksOf(pieces)) hash.update(block)
  return hash.digest('hex')
}
