import { type BlockFile, windowBytes } from '../base/block-file.ts'
import { foldedName } from '../base/names.ts'
import { mostEntries, signatures } from './format.ts'
import { entryIn, type FoundEntry, ZipFault } from './headers.ts'

const mostBytes = 2 ** 40
/** How many times smaller than its content an entry may be, from the size without question on. */
export const steepest = 1000
export const bytesWithoutQuestion = 8 * 2 ** 20

/** Which entries a zip may have. */
export interface ZipPolicy {
  /** Whether an entry may have this name. */
  isExpected(name: string): boolean
}

/** The end record of a zip. */
interface End {
  readonly offset: number
  readonly comment: string
}

/** The end record, whose comment must reach to the end of the file. */
export function endOf(file: BlockFile): End | undefined {
  const tail = file.at(Math.max(0, file.size - 22 - 0xffff), 22 + 0xffff)
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) === signatures.end && at + 22 + tail.readUInt16LE(at + 20) === tail.length) {
      return { offset: file.size - tail.length + at, comment: tail.toString('latin1', at + 22) }
    }
  }
  return undefined
}

/**
 * The entries that the directory has, in the order of the file.
 * @throws ZipFault where it is damaged, or has what no archive has
 */
export function directoryOf(file: BlockFile, end: End | undefined, policy: ZipPolicy): FoundEntry[] {
  if (end === undefined) throw new ZipFault('it is cut off, or its end is damaged')
  const record = file.at(end.offset, 22)
  let count = record.readUInt16LE(10)
  let length = record.readUInt32LE(12)
  let offset = record.readUInt32LE(16)
  let directoryEnd = end.offset
  const disks = record.readUInt32LE(4)
  const locator = file.at(Math.max(0, end.offset - 20), 20)
  if (end.offset >= 20 && locator.readUInt32LE(0) === signatures.locator64) {
    directoryEnd = Number(locator.readBigUInt64LE(8))
    const record64 = file.at(directoryEnd, 56)
    if (record64.length < 56 || record64.readUInt32LE(0) !== signatures.end64 || directoryEnd + 56 !== end.offset - 20) {
      throw new ZipFault('its end is damaged')
    }
    count = Number(record64.readBigUInt64LE(32))
    length = Number(record64.readBigUInt64LE(40))
    offset = Number(record64.readBigUInt64LE(48))
  }
  if (disks !== 0) throw new ZipFault('it is a part of several')
  if (count > mostEntries) throw new ZipFault(`it has more than ${mostEntries.toLocaleString('en')} entries`)
  if (offset + length !== directoryEnd) throw new ZipFault('its directory is not where it says')
  return checked(listed(file, { from: offset, to: directoryEnd, count }), file, policy)
}

/** @param count how many entries there shall be */
function* listed(
  file: BlockFile,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): Iterable<FoundEntry> {
  let at = from
  let seen = 0
  let buffer: Buffer = Buffer.alloc(0)
  let start = from
  const have = (length: number): Buffer => {
    if (at - start + length > buffer.length) {
      buffer = file.at(at, Math.min(Math.max(windowBytes, length), to - at))
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
function checked(found: Iterable<FoundEntry>, file: BlockFile, policy: ZipPolicy): FoundEntry[] {
  const entries: FoundEntry[] = []
  const names = new Set<string>()
  let sum = 0
  for (const entry of found) {
    const shown = JSON.stringify(entry.name.slice(0, 80))
    if (!policy.isExpected(entry.name)) throw new ZipFault(`it has an entry named ${shown}, which no archive has`)
    if (names.has(foldedName(entry.name))) throw new ZipFault(`it has two entries named ${shown}`)
    names.add(foldedName(entry.name))
    if (entry.size > bytesWithoutQuestion && entry.size > entry.packed * steepest) {
      throw new ZipFault(`${shown} would unpack to ${Math.round(entry.size / Math.max(1, entry.packed))} times its size`)
    }
    sum += entry.size
    if (sum > mostBytes) throw new ZipFault('it would unpack to more than 1 TB')
    entries.push(entry)
  }
  entries.sort((a, b) => a.offset - b.offset)
  let end = 0
  for (const { offset, packed, name } of entries) {
    if (offset < end || offset + packed > file.size) throw new ZipFault('its entries overlap')
    end = offset + 30 + Buffer.byteLength(name) + packed
  }
  return entries
}
