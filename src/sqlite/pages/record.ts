import { varintAt } from './varint.ts'

/** A text as its bytes: it may hold NUL, or no UTF-8, and must stay what it is. */
export class TextBytes {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  toString(): string {
    return new TextDecoder().decode(this.bytes)
  }
}

/** What a column holds: a `Uint8Array` is a blob. */
export type Cell = null | number | bigint | TextBytes | Uint8Array

/** The serial types of a record's columns, one after the other, and how many bytes they describe. */
export interface RecordHeader {
  readonly serials: readonly number[]
  readonly bodyBytes: number
}

/** How many bytes a value of a serial type takes; undefined for the two types that no file has. */
export function bytesOf(serial: number): number | undefined {
  if (serial >= 12) return (serial - (serial % 2 === 0 ? 12 : 13)) / 2
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][serial]
}

export const isText = (serial: number): boolean => serial >= 13 && serial % 2 === 1
export const isInteger = (serial: number): boolean => (serial >= 1 && serial <= 6) || serial === 8 || serial === 9

/** Longer than any record that SQLite keeps (1 GB is its usual limit, 2 GB the greatest). */
const longestBody = 2 ** 31

/**
 * Serial types that stand from one place to another, and fill it; undefined where they do not.
 * @param most columns that a table has
 */
export function serialsIn(bytes: Uint8Array, from: number, to: number, most: number): RecordHeader | undefined {
  const serials: number[] = []
  let bodyBytes = 0
  for (let at = from; at < to; ) {
    const serial = varintAt(bytes, at, to)
    const length = serial && bytesOf(serial.value)
    if (!serial || length === undefined || serials.length === most) return undefined
    serials.push(serial.value)
    bodyBytes += length
    if (bodyBytes > longestBody) return undefined
    at += serial.bytes
  }
  return { serials, bodyBytes }
}

/** The values of a record. @param body exactly as long as the header says */
export function cellsOf({ serials }: RecordHeader, body: Uint8Array): Cell[] {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  let at = 0
  return serials.map((serial) => {
    const from = at
    at += bytesOf(serial)!
    return cellAt(serial, view, body, from, at)
  })
}

function cellAt(serial: number, view: DataView, body: Uint8Array, from: number, to: number): Cell {
  switch (serial) {
    case 0:
      return null
    case 1:
      return view.getInt8(from)
    case 2:
      return view.getInt16(from)
    case 3:
      return view.getInt8(from) * 65_536 + view.getUint16(from + 1)
    case 4:
      return view.getInt32(from)
    case 5:
      return view.getInt16(from) * 4_294_967_296 + view.getUint32(from + 2)
    case 6:
      return small(view.getBigInt64(from))
    case 7:
      return view.getFloat64(from)
    case 8:
    case 9:
      return serial - 8
    default:
      return isText(serial) ? new TextBytes(body.subarray(from, to)) : body.subarray(from, to)
  }
}

const small = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
