import { closeSync, fstatSync, readSync } from 'node:fs'

/** How much of a file is read at once where all of it is read. */
export const windowBytes = 2 ** 20

/** A file that is read in pieces, from anywhere. */
export class BlockFile {
  readonly #file: number
  /** In bytes, when it was opened. */
  readonly size: number

  /** @param file is closed with it */
  constructor(file: number) {
    this.#file = file
    this.size = fstatSync(file).size
  }

  /** Reads so many bytes; fewer only at the end of the file. */
  at(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.size - offset)))
    let filled = 0
    while (filled < bytes.length) {
      const read = readSync(this.#file, bytes, filled, bytes.length - filled, offset + filled)
      if (read === 0) break
      filled += read
    }
    return bytes.subarray(0, filled)
  }

  close(): void {
    closeSync(this.#file)
  }
}
