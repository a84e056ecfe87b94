/** A number of SQLite's variable length, and how many bytes it takes. */
export interface Varint {
  readonly value: number
  readonly bytes: number
}

/**
 * Reads a varint (fileformat2.html, §1.6); undefined where it does not end before `end`, or is no number that a length or row id
 * of a real file has (beyond 2^53).
 */
export function varintAt(bytes: Uint8Array, at: number, end: number): Varint | undefined {
  let value = 0
  for (let length = 1; length <= 8; length++) {
    if (at + length > end) return undefined
    const byte = bytes[at + length - 1]!
    value = value * 128 + (byte & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER) return undefined
    if (byte < 0x80) return { value, bytes: length }
  }
  // The ninth byte counts whole; such a number is negative, or larger than anything.
  return undefined
}
