import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { PageFile, type Pages } from './page-file.ts'
import type { PageImage } from './rows-in-page.ts'
import { WalFile } from './wal.ts'

/** How much of the file is read at once. */
const windowBytes = 2 ** 20

/**
 * How often pages are looked up for each that there is, and for each file: a few times in any real one. What asks for more was
 * made so that it is read for ever: thousands of rows that lead to the same long chain.
 */
const lookUpsOfPage = 64
const lookUpsOfFile = 100_000

/** Everything that a database file and its log hold, page by page, whether it counts or not. */
export class PageImages {
  readonly #file: PageFile
  readonly #wal: WalFile | undefined
  #lookUps = 0

  /** @throws OcvaultError `failed` when the file cannot be read */
  constructor(path: string) {
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
    const frames = this.#frames
    if (frames) {
      for (let frame = frames.count - 1; frame >= 0; frame--) {
        const views = [frames.asOf(frame, this.#file), this.#file].map((pages) => this.#counted(pages))
        yield { number: frames.numberOf(frame), bytes: frames.content(frame), views }
      }
    }
    const last = frames ? [frames.asOf(frames.count - 1, this.#file)] : []
    const views = [this.#file, ...last].map((pages) => this.#counted(pages))
    for (const [number, bytes] of this.#inFile()) yield { number, bytes, views }
  }

  /** Each page once, as the database counts it: what its log has committed over the file. */
  *present(): Iterable<PageImage> {
    const committed = this.#committed
    const views = [this.#counted(this.#over(committed))]
    for (const [number, bytes] of this.#inFile()) {
      if (!committed.has(number)) yield { number, bytes, views }
    }
    for (const [number, frame] of committed) yield { number, bytes: this.#wal!.content(frame), views }
  }

  /** The pages of {@link present} by their numbers. */
  get database(): Pages {
    return this.#over(this.#committed)
  }

  /** The same pages, as long as they are not looked up without end. */
  #counted(pages: Pages): Pages {
    const { pageBytes, usableBytes } = pages
    const most = lookUpsOfPage * this.count + lookUpsOfFile
    return { pageBytes, usableBytes, page: (number) => (++this.#lookUps > most ? undefined : pages.page(number)) }
  }

  get #committed(): ReadonlyMap<number, number> {
    return this.#frames?.committed() ?? new Map()
  }

  #over(committed: ReadonlyMap<number, number>): Pages {
    const { pageBytes, usableBytes } = this.#file
    const page = (number: number) => {
      const frame = committed.get(number)
      return frame === undefined ? this.#file.page(number) : this.#wal!.content(frame)
    }
    return { pageBytes, usableBytes, page }
  }

  *#inFile(): Iterable<readonly [number: number, bytes: Uint8Array]> {
    const { pageBytes, count } = this.#file
    const together = Math.max(1, Math.floor(windowBytes / pageBytes))
    for (let first = 0; first < count; first += together) {
      const block = this.#file.at(first * pageBytes, together * pageBytes)
      for (let index = 0; index * pageBytes < block.length; index++) {
        yield [first + index + 1, block.subarray(index * pageBytes, (index + 1) * pageBytes)]
      }
    }
  }

  close(): void {
    this.#file.close()
    this.#wal?.close()
  }
}
