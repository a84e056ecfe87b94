import { localBytes } from './payload.ts'
import { varintAt } from './varint.ts'

/** The kinds of b-tree pages, by their first byte. */
const kinds = { indexInterior: 0x02, tableInterior: 0x05, indexLeaf: 0x0a, tableLeaf: 0x0d } as const
const interior: ReadonlySet<number> = new Set([kinds.indexInterior, kinds.tableInterior])
const all: ReadonlySet<number> = new Set(Object.values(kinds))

/** The head of a free place: where the next one is, and how long this one is. */
const freeHeadBytes = 4
/** The number of a page below, or of an overflow page. */
const pageNumberBytes = 4

/** From a byte of a page up to, and without, another one. */
export type Span = readonly [from: number, to: number]

const headOf = (number: number) => (number === 1 ? 100 : 0)

/** Where the cells of a table's leaf page begin, as its own array says; none for a page that is no leaf, or says nonsense. */
export const cellStarts = (page: Uint8Array, number: number, usableBytes: number): number[] =>
  page[headOf(number)] === kinds.tableLeaf ? starts(page, headOf(number), usableBytes) : []

/** Where the entries of an index's page begin, behind the number of the page below them; none for any other page. */
export function entryStarts(page: Uint8Array, number: number, usableBytes: number): number[] {
  const kind = page[headOf(number)]
  if (kind !== kinds.indexLeaf && kind !== kinds.indexInterior) return []
  const before = kind === kinds.indexInterior ? pageNumberBytes : 0
  return starts(page, headOf(number), usableBytes).map((start) => start + before)
}

function starts(page: Uint8Array, head: number, usableBytes: number): number[] {
  if (page.length < usableBytes || usableBytes < head + 12) return []
  const view = new DataView(page.buffer, page.byteOffset, page.length)
  const count = view.getUint16(head + 3)
  const array = arrayOf(page, head)
  if (array + count * 2 > usableBytes) return []
  const places = Array.from({ length: count }, (_item, index) => view.getUint16(array + index * 2))
  return places.filter((start) => start >= array + count * 2 && start < usableBytes)
}

const arrayOf = (page: Uint8Array, head: number) => head + (interior.has(page[head]!) ? 12 : 8)

/** What in a page of a b-tree is none of an earlier row: its head and cells, and the heads of its free places. */
export function takenSpans(page: Uint8Array, number: number, usableBytes: number): Span[] {
  const head = headOf(number)
  if (!all.has(page[head]!)) return []
  const cells = starts(page, head, usableBytes)
  const own: Span = [0, arrayOf(page, head) + cells.length * 2]
  return [
    own,
    ...cells.map((start): Span => [start, start + cellBytes(page, start, page[head]!, usableBytes)]),
    ...freeHeads(page, head, usableBytes),
  ]
}

function cellBytes(page: Uint8Array, start: number, kind: number, usableBytes: number): number {
  const before = interior.has(kind) ? pageNumberBytes : 0
  const first = varintAt(page, start + before, usableBytes)
  if (!first) return freeHeadBytes
  if (kind === kinds.tableInterior) return before + first.bytes
  const rowid = kind === kinds.tableLeaf ? varintAt(page, start + first.bytes, usableBytes)?.bytes : 0
  const local = localBytes(first.value, usableBytes, kind === kinds.tableLeaf ? 'table' : 'index')
  return before + first.bytes + (rowid ?? 0) + local + (local < first.value ? pageNumberBytes : 0)
}

/** The heads of the free places of a page; each must stand behind the one before, so there is no circle. */
function freeHeads(page: Uint8Array, head: number, usableBytes: number): Span[] {
  if (page.length < usableBytes || usableBytes < head + 12) return []
  const view = new DataView(page.buffer, page.byteOffset, page.length)
  const spans: Span[] = []
  let last = 0
  for (let at = view.getUint16(head + 1); at > last && at + freeHeadBytes <= usableBytes; at = view.getUint16(at)) {
    spans.push([at, at + freeHeadBytes])
    last = at
  }
  return spans
}
