import { createHash } from 'node:crypto'
import { BlockFile, windowBytes } from '../base/block-file.ts'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { openRegular } from '../base/regular.ts'
import { beginningOfEntry, entryBlocks, readEntry, readEntryNow } from './content.ts'
import { directoryOf, endOf, type ZipPolicy } from './directory.ts'
import { commentLength, commentPrefix } from './format.ts'
import { type FoundEntry, ZipFault } from './headers.ts'
import { salvagedEntries } from './salvage.ts'

/**
 * A zip that nobody has vouched for. Nothing is unpacked before sizes and names are checked, and no more than they say; memory
 * does not grow with what the zip claims.
 */
export class ZipReader {
  readonly path: string
  readonly file: BlockFile
  readonly #policy: ZipPolicy
  #entries: readonly FoundEntry[] = []
  #fault: string | null = null

  /**
   * @param path for errors
   * @param file is closed with the reader
   */
  constructor(path: string, file: number, policy: ZipPolicy) {
    this.path = path
    this.#policy = policy
    this.file = new BlockFile(file)
  }

  static open(path: string, policy: ZipPolicy): ZipReader {
    try {
      return new ZipReader(path, openRegular(path), policy)
    } catch (error) {
      throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
    }
  }

  /** In the order of the file. */
  get entries(): readonly FoundEntry[] {
    return this.#entries
  }

  /** What is wrong with the directory, so that entries were looked for without it; null for a sound one. */
  get fault(): string | null {
    return this.#fault
  }

  /**
   * Reads the directory; where that is damaged, looks for the entries themselves.
   * @throws OcvaultError `failed` for a zip that is not damaged, but not to be trusted
   */
  load(): void {
    const end = endOf(this.file)
    try {
      this.#entries = directoryOf(this.file, end, this.#policy)
    } catch (error) {
      if (!(error instanceof ZipFault)) throw error
      // One that says of itself what it should be, and is not that, is damaged. Any other is as somebody made it.
      if (end?.comment === '' || this.#isWhole()) {
        throw new OcvaultError('failed', `${this.path} is not read: ${error.message}`, { cause: error })
      }
      this.#fault = error.message
      this.#entries = salvagedEntries(this.file, this.#policy)
    }
  }

  /**
   * The whole content of an entry, its size and CRC checked.
   * @throws OcvaultError `failed` when it is damaged
   */
  read(entry: FoundEntry): Promise<Buffer> {
    return readEntry(this, entry)
  }

  /** The same at once, for what is read in the middle of a transaction. */
  readNow(entry: FoundEntry): Buffer {
    return readEntryNow(this, entry)
  }

  /** What the first bytes of an entry, as they stand in the file, unpack to; nothing is checked. */
  beginning(entry: FoundEntry, packedBytes: number): Buffer {
    return beginningOfEntry(this, entry, packedBytes)
  }

  /**
   * The content of an entry in blocks, for what need not be held whole; size and CRC are checked in the end.
   * @throws OcvaultError `failed` when it is damaged
   */
  blocks(entry: FoundEntry): AsyncIterable<Buffer> {
    return entryBlocks(this, entry)
  }

  /** Everything before the hash at the end. */
  *#hashed(): Iterable<Buffer> {
    const to = this.file.size - 64
    for (let at = 0; at < to; at += windowBytes) yield this.file.at(at, Math.min(windowBytes, to - at))
  }

  /** The hash that the file says it has; undefined where it does not say so as an archive does. */
  #stated(): string | undefined {
    const comment = endOf(this.file)?.comment ?? ''
    return comment.startsWith(commentPrefix) && comment.length === commentLength ? comment.slice(commentPrefix.length) : undefined
  }

  #isWhole(): boolean {
    const stated = this.#stated()
    if (stated === undefined) return false
    const hash = createHash('sha256')
    for (const block of this.#hashed()) hash.update(block)
    return hash.digest('hex') === stated
  }

  /**
   * Whether every byte of the file is what it was when the archive was written: `repacked` where the file does not say what it
   * was.
   * @param onBytes is told how many bytes were read
   */
  async wholeness(onBytes?: (bytes: number) => void): Promise<'whole' | 'changed' | 'repacked'> {
    if (endOf(this.file)?.comment === '') return 'repacked'
    const stated = this.#stated()
    if (stated === undefined) return 'changed'
    const hash = createHash('sha256')
    for (const block of this.#hashed()) {
      hash.update(block)
      onBytes?.(block.length)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return hash.digest('hex') === stated ? 'whole' : 'changed'
  }

  close(): void {
    this.file.close()
  }
}
