const blockSize = 2 ** 18

/** Bytes that gather until the end, in a few large blocks. */
export class Gathered {
  readonly #blocks: Buffer[] = []
  /** Of the last block. */
  #filled = 0
  /** In bytes. */
  length = 0

  /** What is added at once stands in one block. */
  add(bytes: Uint8Array): void {
    let last = this.#blocks.at(-1)
    if (!last || last.length - this.#filled < bytes.length) {
      if (last) this.#blocks[this.#blocks.length - 1] = last.subarray(0, this.#filled)
      last = Buffer.allocUnsafeSlow(Math.max(blockSize, bytes.length))
      this.#blocks.push(last)
      this.#filled = 0
    }
    last.set(bytes, this.#filled)
    this.#filled += bytes.length
    this.length += bytes.length
  }

  *blocks(): Iterable<Buffer> {
    const last = this.#blocks.length - 1
    for (const [index, block] of this.#blocks.entries()) yield index === last ? block.subarray(0, this.#filled) : block
  }
}

/** How items are kept: as JSON that is shorter than theirs. */
export interface Packing<T> {
  pack(item: T): unknown
  unpack(packed: unknown): T
}

/** Items that gather as JSON; each is made anew when it is asked for. */
export class GatheredJSON<T> implements Iterable<T> {
  readonly #lines = new Gathered()
  readonly #packing: Packing<T>
  length = 0

  constructor(packing: Packing<T> = { pack: (item) => item, unpack: (packed) => packed as T }) {
    this.#packing = packing
  }

  add(item: T): void {
    this.#lines.add(Buffer.from(`${JSON.stringify(this.#packing.pack(item))}\n`))
    this.length++
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const block of this.#lines.blocks()) {
      for (let from = 0; from < block.length; ) {
        const end = block.indexOf('\n', from)
        yield this.#packing.unpack(JSON.parse(block.toString('utf8', from, end)))
        from = end + 1
      }
    }
  }
}
