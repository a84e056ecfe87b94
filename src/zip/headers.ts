import { type ZipEntryFacts, zip64Tag } from './format.ts'

export const uncompressed = 0
const deflated = 8

/** An entry as the directory has it; where the directory is lost, its size may be unknown until it is unpacked. */
export interface FoundEntry extends ZipEntryFacts {
  readonly method: number
  /** Found without the directory: the sizes of a streamed entry are limits. */
  readonly salvaged: boolean
}

/** What is wrong with a zip as such: its directory is damaged, or it tries to do harm. */
export class ZipFault extends Error {}

/** Sizes, from the header or from its zip64 field. */
export function sizesIn(
  header: Buffer,
  ...[first, second, extra, extraLength]: [number, number, number, number]
): [number, number] {
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
export function entryIn(header: Buffer, nameLength: number, extraLength: number): FoundEntry | undefined {
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
export function localEntryIn(header: Buffer, offset: number, end: number): FoundEntry | undefined {
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
