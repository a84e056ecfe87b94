import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { PageFile } from './page-file.ts'
import type { PageImage } from './rows-in-page.ts'
import { WalFile } from './wal.ts'

/** How much of the file is read at once. */
const windowBytes = 2 ** 20

/** Everything that a database file and its log hold, page by page, whether it counts or not. */
export class PageImages {
  readonly #path: string
  readonly #file: PageFile
  readonly #wal: WalFile | undefined

  /** @throws OcvaultError `failed` when the file cannot be read */
  constructor(path: string) {
    this.#path = path
    this.#wal = WalFile.open(`${path}-wal`)
    try {
      this.#file = new PageFile(path, this.#wal?.pageBytes)
    } catch (error) {
      this.#wal?.close()
      throw error instanceof OcvaultError
        ? error
        : new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
    }
  }

  /** How many pages {@link all} gives. */
  get count(): number {
    return this.#file.count + (this.#frames?.count ?? 0)
  }

  /** The log, if it is of pages of this size. */
  get #frames(): WalFile | undefined {
    return this.#wal?.pageBytes === this.#file.pageBytes ? this.#wal : undefined
  }

  /** The pages of the file, then the frames of its log, the last first: what is newer is read before what is older. */
  *all(): Iterable<PageImage> {
    const { pageBytes, count } = this.#file
    const frames = this.#frames
    if (frames) {
      for (let frame = frames.count - 1; frame >= 0; frame--) {
        const views = [frames.asOf(frame, this.#file), this.#file]
        yield { number: frames.numberOf(frame), bytes: frames.content(frame), views }
      }
    }
    const views = frames ? [this.#file, frames.asOf(frames.count - 1, this.#file)] : [this.#file]
    const together = Math.max(1, Math.floor(windowBytes / pageBytes))
    for (let first = 0; first < count; first += together) {
      const block = this.#file.at(first * pageBytes, together * pageBytes)
      for (let index = 0; index * pageBytes < block.length; index++) {
        yield { number: first + index + 1, bytes: block.subarray(index * pageBytes, (index + 1) * pageBytes), views }
      }
    }
  }

  get path(): string {
    return this.#path
  }

  close(): void {
    this.#file.close()
    this.#wal?.close()
  }
}
