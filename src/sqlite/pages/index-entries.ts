import { entryStarts } from './leaf.ts'
import { localBytes } from './payload.ts'
import { type Cell, cellsOf, serialsIn } from './record.ts'
import type { PageImage } from './rows-in-page.ts'
import { varintAt } from './varint.ts'

/** An index of a few columns has a header of a few bytes. */
const mostColumns = 8

/** Whether a page belongs to an index, by its first byte. */
export const isOfIndex = ({ bytes, number }: PageImage): boolean => entryStarts(bytes, number, bytes.length).length > 0

/**
 * What the entries of an index's page say: its columns, and last the row id. One that has overflow pages is passed by: ids are
 * short.
 */
export function* indexEntries({ bytes, number, views }: PageImage): Iterable<Cell[]> {
  const usable = Math.min(bytes.length, views[0]!.usableBytes)
  for (const start of entryStarts(bytes, number, usable)) {
    const payload = varintAt(bytes, start, usable)
    if (!payload || payload.value > localBytes(payload.value, usable, 'index')) continue
    const at = start + payload.bytes
    const length = varintAt(bytes, at, usable)
    if (!length || at + payload.value > usable || length.value > payload.value) continue
    const header = serialsIn(bytes, at + length.bytes, at + length.value, mostColumns)
    if (header && length.value + header.bodyBytes === payload.value)
      yield cellsOf(header, bytes.subarray(at + length.value, at + payload.value))
  }
}
