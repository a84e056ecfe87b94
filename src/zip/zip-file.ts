import { createWriteStream, renameSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { writingFailed } from '../base/files.ts'
import { temporaryBeside } from '../base/temporary.ts'

/**
 * The same for every entry, so that the same content makes the same bytes: the first time that a zip can tell, a plain readable
 * file.
 */
const entryOptions = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100644 }

/**
 * A zip that is written as it grows: entries of any size one after another, zip64 where needed, reproducible bytes. It stands in
 * its place only once it is whole.
 */
export class ZipWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #zip = new ZipFile()
  readonly #written: Promise<void>
  #failure: Error | undefined

  constructor(path: string) {
    this.#path = path
    this.#temporary = temporaryBeside(path)
    // yazl is typed for any stream of Node; what it gives is a PassThrough.
    this.#written = pipeline(Readable.from(this.#zip.outputStream), createWriteStream(this.#temporary, { flags: 'wx' }))
    this.#zip.on('error', (error: Error) => {
      this.#failure = error
    })
    this.#written.catch((error: Error) => {
      this.#failure = error
    })
  }

  /**
   * Resolves when the entry has been read to its end.
   * @param name with `/` between folders
   * @throws what reading the blocks or writing the file throws
   */
  async add(name: string, blocks: Iterable<Uint8Array>): Promise<void> {
    // The stream reads ahead, and a block is only lent.
    const copies = Iterator.from(blocks).map((block) => Uint8Array.from(block))
    const source = Readable.from(copies, { objectMode: false })
    this.#zip.addReadStream(source, name, entryOptions)
    // A full disk ends the output, and nobody would read the source any more.
    try {
      await Promise.race([finished(source), this.#written])
      if (this.#failure) throw this.#failure
    } catch (error) {
      throw writingFailed(this.#path, error)
    }
  }

  /** Writes the directory of the zip, and puts it into its place. */
  async finish(): Promise<void> {
    this.#zip.end()
    try {
      await this.#written
      renameSync(this.#temporary, this.#path)
    } catch (error) {
      throw writingFailed(this.#path, error)
    }
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    const output: unknown = this.#zip.outputStream
    if (output instanceof Readable) output.destroy()
    await this.#written.catch(() => undefined)
    rmSync(this.#temporary, { force: true })
  }
}
