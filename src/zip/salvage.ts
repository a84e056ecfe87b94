import { type BlockFile, windowBytes } from '../base/block-file.ts'
import { foldedName } from '../base/names.ts'
import type { ZipPolicy } from './directory.ts'
import { mostEntries } from './format.ts'
import { type FoundEntry, localEntryIn } from './headers.ts'

/** Entries by their own headers, for a zip whose directory is lost. */
export function salvagedEntries(file: BlockFile, policy: ZipPolicy): FoundEntry[] {
  const found: FoundEntry[] = []
  const names = new Set<string>()
  const mark = Buffer.from('PK\x03\x04')
  const overlap = 30 + 256
  for (let from = 0; from < file.size && found.length < mostEntries; from += windowBytes) {
    const bytes = file.at(from, windowBytes + overlap)
    for (let at = bytes.indexOf(mark); at >= 0 && at < windowBytes; at = bytes.indexOf(mark, at + 4)) {
      const entry = localEntryIn(bytes.subarray(at), from + at, file.size)
      if (!entry || !policy.isExpected(entry.name) || names.has(foldedName(entry.name))) continue
      names.add(foldedName(entry.name))
      found.push(entry)
    }
  }
  // What does not say how long it is ends before the next one at the latest.
  return found.map((entry, index) => {
    if (!entry.streamed) return entry
    const end = found[index + 1]?.offset ?? file.size
    return { ...entry, packed: end - entry.offset, size: Number.MAX_SAFE_INTEGER }
  })
}
