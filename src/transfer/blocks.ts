import { createHash, type Hash } from 'node:crypto'

const blockSize = 65_536

/** Pieces of text as blocks of bytes that are worth a write each. */
export function* blocksOf(texts: Iterable<string>): Iterable<Buffer> {
  let waiting = ''
  for (const text of texts) {
    waiting += text
    if (waiting.length < blockSize) continue
    yield Buffer.from(waiting)
    waiting = ''
  }
  if (waiting !== '') yield Buffer.from(waiting)
}

/** The same blocks, and their SHA-256 in the end. */
export class Hashed implements Iterable<Buffer> {
  readonly #blocks: Iterable<Buffer>
  readonly #hash: Hash = createHash('sha256')

  constructor(blocks: Iterable<Buffer>) {
    this.#blocks = blocks
  }

  *[Symbol.iterator](): Iterator<Buffer> {
    for (const block of this.#blocks) {
      this.#hash.update(block)
      yield block
    }
  }

  /** In hex, of everything that was taken. */
  sha256(): string {
    return this.#hash.digest('hex')
  }
}
