import { cellStarts, takenSpans } from './leaf.ts'
import type { Pages } from './page-file.ts'
import { localBytes, overflowBytes } from './payload.ts'
import { bytesOf, type Cell, cellsOf, type RecordHeader, serialsIn } from './record.ts'
import { fits, type RowShape } from './shape.ts'
import { varintAt } from './varint.ts'

/** A page as it stands in the file or in a frame of the log. */
export interface PageImage {
  readonly number: number
  readonly bytes: Uint8Array
  /** Where its overflow pages may be, the best guess first. */
  readonly views: readonly Pages[]
}

/** A row that was found in a page. */
export interface FoundRow {
  readonly shape: RowShape
  /** Whether it is a cell of its page; else it stands where nothing counts any more. */
  readonly inCell: boolean
  /** Null where it was overwritten. */
  readonly rowid: number | null
  /** The text of one of the first columns, which is in the page itself. */
  text(column: number): string
  /** All values, in each way that its overflow pages can be put together; none where they are gone. */
  readings(): Iterable<Cell[]>
}

/** Longer than the header of any row of a few dozen columns. */
const longestHeader = 127
/**
 * A cell whose place is free has its first four bytes overwritten: of the header that can be its length and the first type, that
 * of a text of 30 bytes, as every id of OpenCode is.
 */
const typeOfID = 13 + 2 * 30

/** A page holds each of its bytes once; where its cells together claim so much more, it was made to be read for ever. */
const mostClaimed = 4

/** Rows that are cells of a page, as a database counts them. */
export function* rowsInCells(image: PageImage, shapes: readonly RowShape[]): Iterable<Row> {
  const usable = usableOf(image)
  let claimed = 0
  for (const start of cellStarts(image.bytes, image.number, usable)) {
    const row = cellRow(image, start, usable, shapes)
    if (!row) continue
    claimed += row.endsAt - start
    if (claimed > mostClaimed * usable) return
    yield row
  }
}

const usableOf = ({ bytes, views }: PageImage) => Math.min(bytes.length, views[0]!.usableBytes)

/** Rows of the tables that are looked for: those of the page's cells, then whatever stands between them. */
export function* rowsIn(image: PageImage, shapes: readonly RowShape[]): Iterable<FoundRow> {
  const { bytes } = image
  const usable = usableOf(image)
  const known = new Set<number>()
  for (const row of rowsInCells(image, shapes)) {
    known.add(row.bodyAt)
    yield row
  }
  const taken = takenSpans(bytes, image.number, usable)
  for (const prefix of new Set(shapes.map(({ columns }) => columns[0]!.begins ?? ''))) {
    if (prefix === '') continue
    const needle = Buffer.from(prefix, 'latin1')
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, usable)
    const some = shapes.filter(({ columns }) => columns[0]!.begins === prefix)
    for (let at = all.indexOf(needle); at >= 0; at = all.indexOf(needle, at + 1)) {
      if (known.has(at)) continue
      const candidates = some.filter((shape) => mayBegin(all, at, shape))
      const row = candidates.length > 0 ? freeRow(image, at, usable, candidates) : undefined
      if (row && !taken.some(([from, to]) => from < row.endsAt && to > row.bodyAt)) yield row
    }
  }
}

const idBytes = 30
const longestID = 128

/** Whether the ids that a row has one behind the other can stand here: most places where an id stands are in an index. */
function mayBegin(bytes: Buffer, at: number, { columns }: RowShape): boolean {
  const next = columns[1]!.begins
  if (next === undefined || bytes.toString('latin1', at + idBytes, at + idBytes + next.length) === next) return true
  // An id of another length was made by somebody else.
  return new RegExp(`^[\\w-]+?${next}`).test(bytes.toString('latin1', at + 4, at + longestID))
}

function cellRow(image: PageImage, start: number, usable: number, shapes: readonly RowShape[]): Row | undefined {
  const { bytes } = image
  const payload = varintAt(bytes, start, usable)
  const rowid = payload && varintAt(bytes, start + payload.bytes, usable)
  const at = rowid && start + payload.bytes + rowid.bytes
  const length = at && varintAt(bytes, at, usable)
  if (!length || at + length.value > usable) return undefined
  const header = serialsIn(bytes, at + length.bytes, at + length.value, longestHeader)
  if (!header || length.value + header.bodyBytes !== payload.value) return undefined
  const shape = shapes.find((each) => fits(each, header))
  if (!shape) return undefined
  const row = new Row(image, shape, header, {
    headerBytes: length.value,
    bodyAt: at + length.value,
    rowid: rowid.value,
    inCell: true,
  })
  return row.isInside(usable) && row.begins() ? row : undefined
}

/** A row whose first column begins here; its header stands before it, whole or without what the list of free places has taken. */
function freeRow(image: PageImage, bodyAt: number, usable: number, shapes: readonly RowShape[]): Row | undefined {
  const { bytes } = image
  for (const [from, header] of headersBefore(bytes, bodyAt, shapes)) {
    const row = bytes[from - 1] === bodyAt - from + 1 ? rowOf(image, bodyAt, header, usable, shapes) : undefined
    if (row) return row
  }
  // Of the first type, too, only what is left of its place tells: a text as long as every id is the likeliest.
  for (const [from, rest] of headersBefore(bytes, bodyAt, shapes, 1)) {
    const serials = [typeOfID, ...rest.serials]
    const header = { serials, bodyBytes: rest.bodyBytes + bytesOf(typeOfID)! }
    const row = bytes[from - 1] === typeOfID ? undefined : rowOf(image, bodyAt, header, usable, shapes)
    if (row) return row
  }
  for (const [, header] of headersBefore(bytes, bodyAt, shapes)) {
    const row = rowOf(image, bodyAt, header, usable, shapes)
    if (row) return row
  }
  return undefined
}

/** Types that end where a body begins, as many as one of the tables has columns, and where they begin. */
function* headersBefore(
  bytes: Uint8Array,
  bodyAt: number,
  shapes: readonly RowShape[],
  without = 0,
): Iterable<readonly [from: number, header: RecordHeader]> {
  const fewest = Math.min(...shapes.map((shape) => shape.fewest)) - without
  const most = Math.max(...shapes.map((shape) => shape.columns.length)) - without
  const last = Math.max(1, bodyAt - Math.min(longestHeader, 2 * most + 8))
  for (let from = bodyAt - fewest; from >= last; from--) {
    const header = serialsIn(bytes, from, bodyAt, most)
    if (header && header.serials.length >= fewest) yield [from, header]
  }
}

function rowOf(
  image: PageImage,
  bodyAt: number,
  header: RecordHeader,
  usable: number,
  shapes: readonly RowShape[],
): Row | undefined {
  const headerBytes = header.serials.length === 0 ? 0 : bodyAt - headerFrom(header, bodyAt)
  for (const shape of shapes) {
    if (!fits(shape, header)) continue
    const row = new Row(image, shape, header, { headerBytes, bodyAt, rowid: null, inCell: false })
    if (row.isInside(usable) && row.begins()) return row.withRowid()
  }
  return undefined
}

/** Where the header of such types begins, its length of one byte included. */
function headerFrom({ serials }: RecordHeader, bodyAt: number): number {
  return bodyAt - 1 - serials.reduce((sum, serial) => sum + varintBytes(serial), 0)
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

interface Place {
  readonly headerBytes: number
  readonly bodyAt: number
  readonly rowid: number | null
  readonly inCell: boolean
}

class Row implements FoundRow {
  readonly shape: RowShape
  readonly inCell: boolean
  readonly rowid: number | null
  readonly bodyAt: number
  readonly #image: PageImage
  readonly #header: RecordHeader
  readonly #place: Place
  /** Bytes of the body in this page. */
  readonly #local: number

  constructor(image: PageImage, shape: RowShape, header: RecordHeader, place: Place) {
    this.shape = shape
    this.inCell = place.inCell
    this.rowid = place.rowid
    this.bodyAt = place.bodyAt
    this.#image = image
    this.#header = header
    this.#place = place
    const payload = place.headerBytes + header.bodyBytes
    this.#local = localBytes(payload, image.views[0]!.usableBytes) - place.headerBytes
  }

  isInside(usable: number): boolean {
    const overflow = this.#local < this.#header.bodyBytes ? 4 : 0
    return this.#local >= 0 && this.bodyAt + this.#local + overflow <= usable
  }

  /** Where what of it is in this page ends. */
  get endsAt(): number {
    return this.bodyAt + this.#local
  }

  /** Whether the columns whose texts begin in a certain way do, as far as they are in this page. */
  begins(): boolean {
    return this.shape.columns.every(
      ({ begins, matches }, index) =>
        (begins === undefined || begins.startsWith(this.text(index).slice(0, begins.length))) &&
        (matches === undefined || matches.test(this.text(index))),
    )
  }

  text(column: number): string {
    const before = this.#header.serials.slice(0, column).reduce((sum, serial) => sum + bytesOf(serial)!, 0)
    const length = bytesOf(this.#header.serials[column] ?? 0)!
    const from = this.bodyAt + before
    const to = Math.min(from + length, this.endsAt)
    return to <= from ? '' : Buffer.from(this.#image.bytes.subarray(from, to)).toString('latin1')
  }

  /** The same with its row id, where what stands before the header is the length of this very record. */
  withRowid(): Row {
    const { bytes } = this.#image
    const headerAt = this.bodyAt - this.#place.headerBytes
    const payload = this.#place.headerBytes + this.#header.bodyBytes
    for (let start = headerAt - 2; start >= Math.max(0, headerAt - 16); start--) {
      const length = varintAt(bytes, start, headerAt)
      if (length?.value !== payload) continue
      const rowid = varintAt(bytes, start + length.bytes, headerAt)
      if (rowid && start + length.bytes + rowid.bytes === headerAt)
        return new Row(this.#image, this.shape, this.#header, { ...this.#place, rowid: rowid.value })
    }
    return this
  }

  *readings(): Iterable<Cell[]> {
    const { bytes, views } = this.#image
    const local = bytes.subarray(this.bodyAt, this.bodyAt + this.#local)
    const missing = this.#header.bodyBytes - this.#local
    if (missing === 0) {
      yield cellsOf(this.#header, local)
      return
    }
    const at = this.bodyAt + this.#local
    if (at + 4 > bytes.length) return
    const first = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0)
    for (const view of views) {
      const rest = overflowBytes(view, first, missing)
      if (rest) yield cellsOf(this.#header, Buffer.concat([local, rest]))
    }
  }
}
