import { createHash } from 'node:crypto'
import { OcvaultError } from '../../base/errors.ts'
import { parseEntry, type SessionDocument } from '../format/document.ts'
import type { Manifest, ManifestCopy, ManifestEntry, ManifestSession } from '../format/manifest.ts'
import type { EntrySource } from './source.ts'

/** What is wrong with an archive; `entry` is null for the archive as a whole. */
export interface ArchiveProblem {
  readonly entry: string | null
  readonly reason: string
}

const largeBytes = 2 ** 20

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
    const { bytes } = this.#expected(entry)
    // Of one that says how large it is nothing is in memory twice.
    if (bytes > largeBytes && this.source.sizes.get(entry) === bytes) return filled(bytes, this.blocks(entry))
    return this.#checked(entry, await this.source.read(entry))
  }

  /** The same at once, for what is read in the middle of a transaction. */
  readNow(entry: string): Uint8Array {
    return this.#checked(entry, this.source.readNow(entry))
  }

  #checked(entry: string, content: Uint8Array): Uint8Array {
    const { bytes, sha256 } = this.#expected(entry)
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
