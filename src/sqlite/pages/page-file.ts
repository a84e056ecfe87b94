import { BlockFile } from '../../base/block-file.ts'
import { openRegular } from '../../base/regular.ts'

/** The pages of a database, as they were at some time. */
export interface Pages {
  readonly pageBytes: number
  /** Bytes of a page that SQLite uses: the rest is reserved for extensions. */
  readonly usableBytes: number
  /** A page by its number, from 1; undefined where there is none. */
  page(number: number): Uint8Array | undefined
}

const headerBytes = 100
const databaseHead = 'SQLite format 3\0'
const smallestPage = 512
const largestPage = 65_536
const usualPage = 4096

/**
 * A database file as pages, whatever state it is in: what its header says is believed only where it can be true, a last page may
 * be cut off. Reads with its own file handle, takes no lock and leaves nothing behind.
 */
export class PageFile implements Pages {
  readonly pageBytes: number
  readonly usableBytes: number
  readonly #file: BlockFile

  /**
   * @param pageBytes of the file, where somebody else (its log) says so, and its own header does not
   * @throws OcvaultError `failed` for what is no regular file; and the system's errors
   */
  constructor(path: string, pageBytes?: number) {
    this.#file = new BlockFile(openRegular(path))
    const header = this.at(0, headerBytes)
    // A header that does not begin as one does says nothing that could be believed.
    const isHeader = header.length === headerBytes && header.toString('latin1', 0, databaseHead.length) === databaseHead
    const stated = isHeader ? header.readUInt16BE(16) : 0
    const said = stated === 1 ? largestPage : stated
    this.pageBytes = isPageSize(said) ? said : (pageBytes ?? usualPage)
    const reserved = isHeader ? header[20]! : 0
    this.usableBytes = this.pageBytes - (this.pageBytes - reserved >= 480 && reserved < 64 ? reserved : 0)
  }

  /** How many pages there are, one that is cut off included. */
  get count(): number {
    return Math.ceil(this.#file.size / this.pageBytes)
  }

  /** Bytes from a place on; fewer at the end of the file. */
  at(offset: number, length: number): Buffer {
    return this.#file.at(offset, length)
  }

  page(number: number): Uint8Array | undefined {
    if (number < 1 || number > this.count) return undefined
    return this.at((number - 1) * this.pageBytes, this.pageBytes)
  }

  close(): void {
    this.#file.close()
  }
}

export const isPageSize = (bytes: number): boolean => bytes >= smallestPage && bytes <= largestPage && (bytes & (bytes - 1)) === 0
