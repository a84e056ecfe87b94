const blockSize = 2 ** 18

/** Bytes that gather until the end, in a few large blocks: what is noted of a hundred thousand sessions takes a third of what objects would. */
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

/** Objects that gather as JSON. */
export class GatheredJSON {
  readonly #lines = new Gathered()
  length = 0

  add(object: object): void {
    this.#lines.add(Buffer.from(`${JSON.stringify(object)}\n`))
    this.length++
  }

  /** The text of each, as `JSON.stringify` prints it. */
  *texts(): Iterable<string> {
    for (const block of this.#lines.blocks()) {
      for (let from = 0; from < block.length; ) {
        const end = block.indexOf('\n', from)
        yield block.toString('utf8', from, end)
        from = end + 1
      }
    }
  }
}
