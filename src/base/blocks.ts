import type { Hash } from 'node:crypto'
import { createHash } from './hash.ts'

const blockSize = 65_536

/**
 * Pieces of text as blocks of UTF-8 that are worth a write each. A block is gone when the next one is asked for: all share one
 * buffer, because gigabytes of short-lived ones make the memory grow faster than it is cleaned up.
 */
export function* blocksOf(texts: Iterable<string>): Iterable<Uint8Array> {
  const encoder = new TextEncoder()
  const buffer = new Uint8Array(blockSize)
  let filled = 0
  for (const text of texts) {
    for (let rest = text; rest !== ''; ) {
      const { read, written } = encoder.encodeInto(rest, buffer.subarray(filled))
      filled += written
      rest = rest.slice(read)
      if (rest === '') continue
      yield buffer.subarray(0, filled)
      filled = 0
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled)
}

/** Blocks as they are taken, and their SHA-256 in the end. */
export class Hashed implements Iterable<Uint8Array> {
  readonly #blocks: Iterable<Uint8Array>
  readonly #hash: Hash = createHash('sha256')

  constructor(blocks: Iterable<Uint8Array>) {
    this.#blocks = blocks
  }

  *[Symbol.iterator](): Iterator<Uint8Array> {
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
