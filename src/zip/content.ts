import { promisify } from 'node:util'
import { constants, crc32, createInflateRaw, inflateRaw, inflateRawSync } from 'node:zlib'
import { type BlockFile, windowBytes } from '../base/block-file.ts'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { bytesWithoutQuestion, steepest } from './directory.ts'
import { signatures } from './format.ts'
import { type FoundEntry, sizesIn, uncompressed } from './headers.ts'

/** A zip whose entries are unpacked. */
interface ZipSource {
  /** For errors. */
  readonly path: string
  readonly file: BlockFile
}

const unpackAll = promisify(inflateRaw)

/** The header of an entry, and so many bytes of what stands behind it. */
const headOf = (file: BlockFile, { offset, name }: FoundEntry, more = 64) =>
  file.at(offset, 30 + Buffer.byteLength(name) + Math.max(64, more))

/**
 * Where the content of an entry begins, after a look at its own header, which must say the same as the directory.
 * @throws OcvaultError `failed`
 */
function startOf({ path, file }: ZipSource, entry: FoundEntry, head = headOf(file, entry)): number {
  const damaged = () => new OcvaultError('failed', `${entry.name} in ${path} is damaged: its header is not what it was`)
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
export async function readEntry(zip: ZipSource, entry: FoundEntry): Promise<Buffer> {
  const packed = zip.file.at(startOf(zip, entry), entry.packed)
  try {
    return checked(entry, packed, entry.method === uncompressed ? packed : await unpackAll(packed, limitOf(entry)))
  } catch (error) {
    throw damaged(zip, entry, error)
  }
}

/** The same at once, for what is read in the middle of a transaction. */
export function readEntryNow(zip: ZipSource, entry: FoundEntry): Buffer {
  const packed = zip.file.at(startOf(zip, entry), entry.packed)
  try {
    return checked(entry, packed, entry.method === uncompressed ? packed : inflateRawSync(packed, limitOf(entry)))
  } catch (error) {
    throw damaged(zip, entry, error)
  }
}

/** Nobody waits for much of a beginning. */
const beginningChunkBytes = 4096

/**
 * What an entry begins with, as far as its first bytes in the file tell: nothing proves that it is what was written.
 * @throws OcvaultError `failed` when it is damaged
 */
export function beginningOfEntry(zip: ZipSource, entry: FoundEntry, packedBytes: number): Buffer {
  const length = Math.min(entry.packed, packedBytes)
  const head = headOf(zip.file, entry, length)
  const start = startOf(zip, entry, head) - entry.offset
  const packed = head.length >= start + length ? head.subarray(start, start + length) : zip.file.at(entry.offset + start, length)
  if (entry.method === uncompressed) return packed
  try {
    const { Z_SYNC_FLUSH: finishFlush } = constants
    return inflateRawSync(packed, { ...limitOf(entry), finishFlush, chunkSize: beginningChunkBytes })
  } catch (error) {
    throw damaged(zip, entry, error)
  }
}

const damaged = ({ path }: ZipSource, { name }: FoundEntry, cause: unknown) =>
  new OcvaultError('failed', `${name} in ${path} is damaged: ${reasonOf(cause)}`, { cause })

/** What an entry may unpack to. */
const limitOf = ({ size, packed }: FoundEntry) => ({
  maxOutputLength: Math.max(1, Math.min(size, packed * steepest + bytesWithoutQuestion, 2 ** 32)),
})

/** @throws Error for content that is not what the entry says */
function checked(entry: FoundEntry, packed: Buffer, content: Buffer): Buffer {
  const changed = () => new Error('its content is not what it was')
  if (entry.salvaged && entry.streamed) {
    // What stood behind it cannot be told from what was compressed: it must be there somewhere, for this content.
    const behind = Buffer.alloc(16)
    behind.writeUInt32LE(signatures.descriptor, 0)
    behind.writeUInt32LE(crc32(content), 4)
    if (packed.lastIndexOf(behind.subarray(0, 8)) < 0) throw changed()
    return content
  }
  if (content.length !== entry.size || crc32(content) !== entry.crc) throw changed()
  return content
}

/**
 * The content of an entry in blocks, for what need not be held whole; size and CRC are checked in the end.
 * @throws OcvaultError `failed` when it is damaged
 */
export async function* entryBlocks(zip: ZipSource, entry: FoundEntry): AsyncIterable<Buffer> {
  if (entry.salvaged || entry.method === uncompressed) {
    yield await readEntry(zip, entry)
    return
  }
  const start = startOf(zip, entry)
  let crc = 0
  let size = 0
  const stream = createInflateRaw({ chunkSize: 262_144 })
  const source = async () => {
    for (let at = 0; at < entry.packed; at += windowBytes) {
      const block = zip.file.at(start + at, Math.min(windowBytes, entry.packed - at))
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
    throw new OcvaultError('failed', `${entry.name} in ${zip.path} is damaged: ${reasonOf(error)}`, { cause: error })
  }
  if (size !== entry.size || crc !== entry.crc) {
    throw new OcvaultError('failed', `${entry.name} in ${zip.path} is damaged: its content is not what it was`)
  }
}
