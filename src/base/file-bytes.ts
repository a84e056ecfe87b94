import { closeSync, fstatSync, readSync, type Stats } from 'node:fs'
import { StoreChanged } from './errors.ts'
import { openRegular } from './regular.ts'

/** Bytes that are somewhere, of which a piece is read when it is asked for. */
export interface Bytes {
  readonly size: number
  /**
   * Fills a buffer from a place on, as far as there are bytes.
   * @returns how many it is filled with
   */
  into(buffer: Uint8Array, from: number): number
}

/** A regular file that is read in pieces, and open only while one is. */
export class FileBytes implements Bytes {
  readonly path: string
  readonly size: number
  readonly #stamp: string

  /** @throws as `openRegular` */
  constructor(path: string) {
    this.path = path
    const stat = this.#opened((file) => fstatSync(file))
    this.size = stat.size
    this.#stamp = stampOf(stat)
  }

  /** @throws StoreChanged when it is another file by now, or has been written to; and what `openRegular` throws */
  into(buffer: Uint8Array, from: number): number {
    return this.#opened((file) => {
      if (stampOf(fstatSync(file)) !== this.#stamp) throw new StoreChanged(this.path)
      let filled = 0
      for (let more = 1; more > 0 && filled < buffer.length; filled += more) {
        more = readSync(file, buffer, filled, buffer.length - filled, from + filled)
      }
      return filled
    })
  }

  #opened<T>(use: (file: number) => T): T {
    const file = openRegular(this.path)
    try {
      return use(file)
    } finally {
      closeSync(file)
    }
  }
}

const stampOf = ({ dev, ino, size, mtimeMs }: Stats) => `${dev} ${ino} ${size} ${mtimeMs}`

/** Bytes that are in memory. */
export class HeldBytes implements Bytes {
  readonly held: Buffer

  constructor(bytes: Uint8Array) {
    this.held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get size(): number {
    return this.held.length
  }

  into(buffer: Uint8Array, from: number): number {
    return this.held.copy(buffer, 0, from)
  }
}

/** All of them. */
export function wholeOf(bytes: Bytes): Buffer {
  if (bytes instanceof HeldBytes) return bytes.held
  const whole = Buffer.allocUnsafeSlow(bytes.size)
  return whole.subarray(0, bytes.into(whole, 0))
}

const pieceBytes = 65_536

/** All of them in pieces, each gone when the next is asked for; `overlap` bytes before its own begin each but the first. */
export function* piecesOf(bytes: Bytes, overlap: number): Iterable<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(pieceBytes + overlap)
  for (let from = 0; from < bytes.size; from += pieceBytes) {
    const filled = bytes.into(buffer, from)
    yield buffer.subarray(0, filled)
    if (from + filled >= bytes.size) return
  }
}
