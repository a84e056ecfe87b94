import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import { OcvaultError } from '../base/errors.ts'
import { Gathered } from '../base/gathered.ts'
import {
  centralHeader,
  commentLength,
  commentPrefix,
  dataDescriptor,
  endOfZip,
  localHeader,
  mostEntries,
  type ZipEntryFacts,
} from './format.ts'

const compress = promisify(deflateRaw)

/** So much is compressed at once, by itself: it costs 2 % of the size, and several blocks can be compressed at a time. */
const blockSize = 2 ** 20
/**
 * How many blocks are compressed at a time, or wait to be written, and how many bytes of content: memory is a multiple of them.
 */
const atOnce = 6
const bytesAtOnce = 3 * blockSize
/** Measured in bench/backup.ts: higher levels take longer than reading and printing the sessions does. */
const level = 3

/** What gets so much smaller is stored as it is: a reader takes it for a bomb. */
const steepest = 500

async function pack(content: Buffer, finishFlush: number): Promise<Buffer> {
  const packed = await compress(content, { level, finishFlush, chunkSize: 131_072 })
  return packed.length * steepest < content.length ? compress(content, { level: 0, finishFlush }) : packed
}

/** A block on its way: compressed, in the order of the file. */
interface Job {
  readonly packed: Promise<Buffer>
  /** Of its content, in bytes. */
  readonly length: number
  readonly write: (packed: Buffer) => Promise<void>
}

/**
 * A zip whose bytes depend on nothing but the entries (docs/archive-format.md), written from its first byte to its last. Blocks
 * are compressed in the thread pool while the next ones are made.
 */
export class ZipWriter {
  readonly #out: (bytes: Uint8Array) => Promise<void>
  readonly #hash = createHash('sha256')
  readonly #directory = new Gathered()
  readonly #jobs: Job[] = []
  /** Bytes of content that the jobs have. */
  #underway = 0
  /** Blocks that are free again: new ones would be cleaned up too late. */
  readonly #buffers: Buffer[] = []
  #offset = 0
  #count = 0

  /** @param out takes the bytes of the file, in order; a block is its own from then on */
  constructor(out: (bytes: Uint8Array) => Promise<void>) {
    this.#out = out
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.#offset
  }

  /**
   * Adds an entry. Its blocks are only lent.
   * @throws what reading the blocks throws: the zip is of no use then; and what writing throws, also later
   */
  async add(name: string, blocks: Iterable<Uint8Array>): Promise<void> {
    if (++this.#count > mostEntries) {
      throw new OcvaultError(
        'failed',
        `no zip is written with more than ${mostEntries.toLocaleString('en')} entries: select fewer sessions`,
      )
    }
    const sums = { crc: 0, packed: 0, size: 0 }
    let entry: Omit<ZipEntryFacts, 'crc' | 'packed' | 'size'> | undefined
    const flush = async (block: Buffer, length: number, first: boolean, last: boolean) => {
      const content = block.subarray(0, length)
      sums.crc = crc32(content, sums.crc)
      sums.size += content.length
      const finishFlush = last ? constants.Z_FINISH : constants.Z_FULL_FLUSH
      await this.#push({
        packed: pack(content, finishFlush),
        length,
        write: async (packed) => {
          this.#buffers.push(block)
          if (first) {
            entry = { name, offset: this.#offset, streamed: !last }
            await this.#write(localHeader({ ...entry, crc: sums.crc, packed: packed.length, size: length }))
          }
          sums.packed += packed.length
          await this.#write(packed)
          if (!last || !entry) return
          if (entry.streamed) await this.#write(dataDescriptor(sums))
          this.#directory.add(centralHeader({ ...entry, ...sums }))
        },
      })
    }
    let first = true
    let buffer = this.#buffer()
    let filled = 0
    for (const block of blocks) {
      for (let at = 0; at < block.length; ) {
        if (filled === blockSize) {
          await flush(buffer, filled, first, false)
          first = false
          buffer = this.#buffer()
          filled = 0
        }
        const length = Math.min(block.length - at, blockSize - filled)
        buffer.set(block.subarray(at, at + length), filled)
        at += length
        filled += length
      }
    }
    await flush(buffer, filled, first, true)
  }

  #buffer(): Buffer {
    return this.#buffers.pop() ?? Buffer.allocUnsafeSlow(blockSize)
  }

  async #push(job: Job): Promise<void> {
    job.packed.catch(() => undefined) // is thrown where it is waited for
    this.#jobs.push(job)
    this.#underway += job.length
    while (this.#jobs.length >= atOnce || this.#underway >= bytesAtOnce) await this.#next()
  }

  async #next(): Promise<void> {
    const job = this.#jobs.shift()
    if (!job) return
    this.#underway -= job.length
    await job.write(await job.packed)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    this.#offset += bytes.length
    await this.#out(bytes)
  }

  /** Writes the directory, and the hash of everything. */
  async finish(): Promise<void> {
    while (this.#jobs.length > 0) await this.#next()
    const offset = this.#offset
    for (const block of this.#directory.blocks()) await this.#write(block)
    await this.#write(endOfZip(this.#count, this.#offset - offset, offset, commentLength))
    await this.#write(Buffer.from(commentPrefix))
    await this.#out(Buffer.from(this.#hash.digest('hex')))
  }
}
