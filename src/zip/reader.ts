import { createHash } from 'node:crypto'
import { closeSync, fstatSync, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { crc32, createInflateRaw, inflateRaw } from 'node:zlib'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { foldedName } from '../base/names.ts'
import { openRegular } from '../base/regular.ts'
import { commentLength, commentPrefix, mostEntries, signatures, type ZipEntryFacts, zip64Tag } from './format.ts'

const mostBytes = 2 ** 40
/** How many times smaller than its content an entry may be, from this size on. */
const steepest = 1000
const sizeWithoutQuestion = 8 * 2 ** 20
const window = 2 ** 20

const uncompressed = 0
const deflated = 8

/** An entry as the directory has it; where the directory is lost, its size may be unknown until it is unpacked. */
export interface FoundEntry extends ZipEntryFacts {
  readonly method: number
  /** Found without the directory: the sizes of a streamed entry are limits. */
  readonly salvaged: boolean
}

/** Which entries a zip may have. */
export interface ZipPolicy {
  /** Whether an entry may have this name. */
  isExpected(name: string): boolean
}

/** What is wrong with a zip as such: its directory is damaged, or it tries to do harm. */
class ZipFault extends Error {}

const unpackAll = promisify(inflateRaw)

/**
 * A zip that nobody has vouched for. Nothing is unpacked before sizes and names are checked, and no more than they say; memory
 * does not grow with what the zip claims.
 */
export class ZipReader {
  readonly path: string
  readonly #file: number
  readonly #size: number
  readonly #policy: ZipPolicy
  #entries: readonly FoundEntry[] = []
  #fault: string | null = null
  #comment = ''

  /**
   * @param path for errors
   * @param file is closed with the reader
   */
  constructor(path: string, file: number, policy: ZipPolicy) {
    this.path = path
    this.#policy = policy
    this.#file = file
    this.#size = fstatSync(file).size
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
  async load(): Promise<void> {
    try {
      this.#entries = this.#directory()
    } catch (error) {
      if (!(error instanceof ZipFault)) throw error
      // One that says of itself what it should be, and is not that, is damaged. Any other is as somebody made it.
      if (this.#comment !== '' || this.#endsUnexpectedly()) {
        this.#fault = error.message
        this.#entries = this.#salvage()
      } else throw new OcvaultError('failed', `${this.path} is not read: ${error.message}`, { cause: error })
      if (this.#comment !== '' && (await this.#hashIsRight())) {
        throw new OcvaultError('failed', `${this.path} is not read: ${error.message}`, { cause: error })
      }
    }
  }

  #endsUnexpectedly(): boolean {
    return this.#findEnd() === undefined
  }

  /** Reads so many bytes; fewer only at the end of the file. */
  #at(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.#size - offset)))
    let filled = 0
    while (filled < bytes.length) {
      const read = readSync(this.#file, bytes, filled, bytes.length - filled, offset + filled)
      if (read === 0) break
      filled += read
    }
    return bytes.subarray(0, filled)
  }

  /** The end record, whose comment must reach to the end of the file. */
  #findEnd(): number | undefined {
    const tail = this.#at(Math.max(0, this.#size - 22 - 0xffff), 22 + 0xffff)
    for (let at = tail.length - 22; at >= 0; at--) {
      if (tail.readUInt32LE(at) === signatures.end && at + 22 + tail.readUInt16LE(at + 20) === tail.length) {
        this.#comment = tail.toString('latin1', at + 22)
        return this.#size - tail.length + at
      }
    }
    return undefined
  }

  #directory(): FoundEntry[] {
    const end = this.#findEnd()
    if (end === undefined) throw new ZipFault('it is cut off, or its end is damaged')
    const record = this.#at(end, 22)
    let count = record.readUInt16LE(10)
    let length = record.readUInt32LE(12)
    let offset = record.readUInt32LE(16)
    let directoryEnd = end
    const disks = record.readUInt32LE(4)
    const locator = this.#at(Math.max(0, end - 20), 20)
    if (end >= 20 && locator.readUInt32LE(0) === signatures.locator64) {
      directoryEnd = Number(locator.readBigUInt64LE(8))
      const record64 = this.#at(directoryEnd, 56)
      if (record64.length < 56 || record64.readUInt32LE(0) !== signatures.end64 || directoryEnd + 56 !== end - 20) {
        throw new ZipFault('its end is damaged')
      }
      count = Number(record64.readBigUInt64LE(32))
      length = Number(record64.readBigUInt64LE(40))
      offset = Number(record64.readBigUInt64LE(48))
    }
    if (disks !== 0) throw new ZipFault('it is a part of several')
    if (count > mostEntries) throw new ZipFault(`it has more than ${mostEntries.toLocaleString('en')} entries`)
    if (offset + length !== directoryEnd) throw new ZipFault('its directory is not where it says')
    return this.#checked(this.#listed(offset, directoryEnd, count))
  }

  *#listed(from: number, to: number, count: number): Iterable<FoundEntry> {
    let at = from
    let seen = 0
    let buffer: Buffer = Buffer.alloc(0)
    let start = from
    const have = (length: number): Buffer => {
      if (at - start + length > buffer.length) {
        buffer = this.#at(at, Math.min(Math.max(window, length), to - at))
        start = at
      }
      const found = buffer.subarray(at - start, at - start + length)
      if (found.length < length) throw new ZipFault('its directory is damaged')
      return found
    }
    for (; at < to; seen++) {
      if (seen >= mostEntries) throw new ZipFault(`it has more than ${mostEntries.toLocaleString('en')} entries`)
      const head = have(46)
      if (head.readUInt32LE(0) !== signatures.central) throw new ZipFault('its directory is damaged')
      const nameLength = head.readUInt16LE(28)
      const extraLength = head.readUInt16LE(30)
      const whole = have(46 + nameLength + extraLength + head.readUInt16LE(32))
      at += whole.length
      const entry = entryIn(whole, nameLength, extraLength)
      if (entry) yield entry
    }
    if (seen !== count) throw new ZipFault('its directory is damaged')
  }

  /** Refuses what no archive has. */
  #checked(listed: Iterable<FoundEntry>): FoundEntry[] {
    const entries: FoundEntry[] = []
    const names = new Set<string>()
    let sum = 0
    for (const entry of listed) {
      const shown = JSON.stringify(entry.name.slice(0, 80))
      if (!this.#policy.isExpected(entry.name)) throw new ZipFault(`it has an entry named ${shown}, which no archive has`)
      if (names.has(foldedName(entry.name))) throw new ZipFault(`it has two entries named ${shown}`)
      names.add(foldedName(entry.name))
      if (entry.size > sizeWithoutQuestion && entry.size > entry.packed * steepest) {
        throw new ZipFault(`${shown} would unpack to ${Math.round(entry.size / Math.max(1, entry.packed))} times its size`)
      }
      sum += entry.size
      if (sum > mostBytes) throw new ZipFault('it would unpack to more than 1 TB')
      entries.push(entry)
    }
    entries.sort((a, b) => a.offset - b.offset)
    let end = 0
    for (const { offset, packed, name } of entries) {
      if (offset < end || offset + packed > this.#size) throw new ZipFault('its entries overlap')
      end = offset + 30 + Buffer.byteLength(name) + packed
    }
    return entries
  }

  /** Entries by their own headers, for a zip whose directory is lost. */
  #salvage(): FoundEntry[] {
    const found: FoundEntry[] = []
    const names = new Set<string>()
    const mark = Buffer.from('PK\x03\x04')
    const overlap = 30 + 256
    for (let from = 0; from < this.#size && found.length < mostEntries; from += window) {
      const bytes = this.#at(from, window + overlap)
      for (let at = bytes.indexOf(mark); at >= 0 && at < window; at = bytes.indexOf(mark, at + 4)) {
        const entry = localEntryIn(bytes.subarray(at), from + at, this.#size)
        if (!entry || !this.#policy.isExpected(entry.name) || names.has(foldedName(entry.name))) continue
        names.add(foldedName(entry.name))
        found.push(entry)
      }
    }
    // What does not say how long it is ends before the next one at the latest.
    return found.map((entry, index) => {
      if (!entry.streamed) return entry
      const end = found[index + 1]?.offset ?? this.#size
      return { ...entry, packed: end - entry.offset, size: Number.MAX_SAFE_INTEGER }
    })
  }

  /**
   * Where the content of an entry begins, after a look at its own header, which must say the same as the directory.
   * @throws OcvaultError `failed`
   */
  #content(entry: FoundEntry): number {
    const head = this.#at(entry.offset, 30 + Buffer.byteLength(entry.name) + 64)
    const damaged = () => new OcvaultError('failed', `${entry.name} in ${this.path} is damaged: its header is not what it was`)
    if (head.length < 30 || head.readUInt32LE(0) !== signatures.local) throw damaged()
    const nameLength = head.readUInt16LE(26)
    const streamed = (head.readUInt16LE(6) & 8) !== 0
    const same =
      head.toString('utf8', 30, 30 + nameLength) === entry.name &&
      head.readUInt16LE(8) === entry.method &&
      streamed === entry.streamed &&
      (streamed ||
        (head.readUInt32LE(14) === entry.crc &&
          sizesIn(head, 18, 22, 30 + nameLength, head.readUInt16LE(28)).every(
            (value, index) => value === [entry.packed, entry.size][index],
          )))
    if (!same) throw damaged()
    return entry.offset + 30 + nameLength + head.readUInt16LE(28)
  }

  /**
   * The whole content of an entry, its size and CRC checked.
   * @throws OcvaultError `failed` when it is damaged
   */
  async read(entry: FoundEntry): Promise<Buffer> {
    const start = this.#content(entry)
    const packed = this.#at(start, entry.packed)
    const damaged = (reason: string, cause?: unknown) =>
      new OcvaultError('failed', `${entry.name} in ${this.path} is damaged: ${reason}`, { cause })
    let content: Buffer
    try {
      const most = Math.max(1, Math.min(entry.size, entry.packed * steepest + sizeWithoutQuestion, 2 ** 32))
      content = entry.method === uncompressed ? packed : await unpackAll(packed, { maxOutputLength: most })
    } catch (error) {
      throw damaged(reasonOf(error), error)
    }
    if (entry.salvaged && entry.streamed) {
      // What stood behind it cannot be told from what was compressed: it must be there somewhere, for this content.
      const behind = Buffer.alloc(16)
      behind.writeUInt32LE(signatures.descriptor, 0)
      behind.writeUInt32LE(crc32(content), 4)
      if (packed.lastIndexOf(behind.subarray(0, 8)) < 0) throw damaged('its content is not what it was')
      return content
    }
    if (content.length !== entry.size || crc32(content) !== entry.crc) throw damaged('its content is not what it was')
    return content
  }

  /**
   * The content of an entry in blocks, for what need not be held whole; size and CRC are checked in the end.
   * @throws OcvaultError `failed` when it is damaged
   */
  async *blocks(entry: FoundEntry): AsyncIterable<Buffer> {
    if (entry.salvaged || entry.method === uncompressed) {
      yield await this.read(entry)
      return
    }
    const start = this.#content(entry)
    let crc = 0
    let size = 0
    const stream = createInflateRaw({ chunkSize: 262_144 })
    const source = async () => {
      for (let at = 0; at < entry.packed; at += window) {
        const block = this.#at(start + at, Math.min(window, entry.packed - at))
        if (!stream.write(block)) await new Promise((resolve) => stream.once('drain', resolve))
        if (stream.destroyed) return
      }
      stream.end()
    }
    const feeding = source().catch((error: Error) => stream.destroy(error))
    try {
      for await (const block of stream) {
        size += (block as Buffer).length
        if (size > entry.size) throw new Error('it is longer than it says')
        crc = crc32(block as Buffer, crc)
        yield block as Buffer
      }
      await feeding
    } catch (error) {
      stream.destroy()
      throw new OcvaultError('failed', `${entry.name} in ${this.path} is damaged: ${reasonOf(error)}`, { cause: error })
    }
    if (size !== entry.size || crc !== entry.crc) {
      throw new OcvaultError('failed', `${entry.name} in ${this.path} is damaged: its content is not what it was`)
    }
  }

  async #hashIsRight(): Promise<boolean> {
    return (await this.wholeness()) === 'whole'
  }

  /**
   * Whether every byte of the file is what it was when the archive was written: `repacked` where the file does not say what it
   * was.
   * @param onBytes is told how many bytes were read
   */
  async wholeness(onBytes?: (bytes: number) => void): Promise<'whole' | 'changed' | 'repacked'> {
    if (this.#findEnd() === undefined) return 'changed'
    if (this.#comment === '') return 'repacked'
    const [prefix, stated] = [this.#comment.slice(0, commentPrefix.length), this.#comment.slice(commentPrefix.length)]
    if (prefix !== commentPrefix || this.#comment.length !== commentLength) return 'changed'
    const hash = createHash('sha256')
    const to = this.#size - 64
    for (let at = 0; at < to; at += window) {
      const block = this.#at(at, Math.min(window, to - at))
      hash.update(block)
      onBytes?.(block.length)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return hash.digest('hex') === stated ? 'whole' : 'changed'
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Sizes, from the header or from its zip64 field. */
function sizesIn(header: Buffer, ...[first, second, extra, extraLength]: [number, number, number, number]): [number, number] {
  const [packed, size] = [header.readUInt32LE(first), header.readUInt32LE(second)]
  const [large, largePacked] = zip64In(header, extra, extraLength, [size, packed])
  return [largePacked ?? packed, large ?? size]
}

/** Those of these values that are in the zip64 field, because there is no room for them in the header. */
function zip64In(header: Buffer, from: number, length: number, values: readonly number[]): (number | undefined)[] {
  const end = Math.min(header.length, from + length)
  for (let at = from; at + 4 <= end; at += 4 + header.readUInt16LE(at + 2)) {
    if (header.readUInt16LE(at) !== zip64Tag) continue
    let place = at + 4
    return values.map((value) => {
      if (value !== 0xffff_ffff || place + 8 > end) return undefined
      place += 8
      return Number(header.readBigUInt64LE(place - 8))
    })
  }
  return values.map(() => undefined)
}

/** An entry of the directory; undefined for a folder. */
function entryIn(header: Buffer, nameLength: number, extraLength: number): FoundEntry | undefined {
  const name = header.toString('utf8', 46, 46 + nameLength)
  const shown = JSON.stringify(name.slice(0, 80))
  const [packed32, size32, offset32] = [20, 24, 42].map((at) => header.readUInt32LE(at)) as [number, number, number]
  const [size, packed, offset] = zip64In(header, 46 + nameLength, extraLength, [size32, packed32, offset32])
  const flags = header.readUInt16LE(8)
  const type = (header.readUInt32LE(38) >>> 16) & 0o170000
  if (name.endsWith('/') && size32 === 0) return undefined
  if (type !== 0 && type !== 0o100000) throw new ZipFault(`${shown} in it is no file, but a link or device`)
  if ((flags & 1) !== 0) throw new ZipFault(`${shown} in it is encrypted in a way that no archive is`)
  const method = header.readUInt16LE(10)
  if (method !== uncompressed && method !== deflated)
    throw new ZipFault(`${shown} in it is compressed in a way that no archive is`)
  const entry = { name, method, crc: header.readUInt32LE(16), packed: packed ?? packed32, size: size ?? size32 }
  if (method === uncompressed && entry.packed !== entry.size) throw new ZipFault(`${shown} in it has two sizes`)
  return { ...entry, offset: offset ?? offset32, streamed: (flags & 8) !== 0, salvaged: false }
}

/** An entry by its own header; undefined where that is none of an archive. */
function localEntryIn(header: Buffer, offset: number, end: number): FoundEntry | undefined {
  if (header.length < 30) return undefined
  const nameLength = header.readUInt16LE(26)
  const name = header.toString('utf8', 30, 30 + nameLength)
  const method = header.readUInt16LE(8)
  if (method !== uncompressed && method !== deflated) return undefined
  const streamed = (header.readUInt16LE(6) & 8) !== 0
  const [packed, size] = sizesIn(header, 18, 22, 30 + nameLength, header.readUInt16LE(28))
  if (!streamed && offset + 30 + nameLength + packed > end) return undefined
  return { name, method, crc: header.readUInt32LE(14), packed, size, offset, streamed, salvaged: true }
}
