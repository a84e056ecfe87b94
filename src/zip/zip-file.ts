import type { Output } from '../base/output.ts'
import { ZipWriter } from './writer.ts'

/**
 * A zip in an output: entries of any size one after another, zip64 where needed, the same bytes for the same content. A file
 * stands in its place only once it is whole.
 */
export class ZipOutput {
  readonly #output: Output
  readonly #zip: ZipWriter

  constructor(output: Output) {
    this.#output = output
    this.#zip = new ZipWriter(async (block) => output.write(block))
  }

  /** @throws OcvaultError `failed` when it cannot be written; and what reading the blocks throws */
  add(name: string, blocks: Iterable<Uint8Array>): Promise<void> {
    return this.#zip.add(name, blocks)
  }

  /** Writes the directory of the zip, and puts it into its place. */
  async finish(): Promise<void> {
    await this.#zip.finish()
    await this.#output.finish()
  }

  /** Leaves nothing behind. */
  abandon(): void {
    this.#output.abandon()
  }
}
