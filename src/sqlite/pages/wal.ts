import { closeSync, fstatSync, readSync } from 'node:fs'
import { openRegular } from '../../base/regular.ts'
import { isPageSize, type Pages } from './page-file.ts'

const walHeaderBytes = 32
const frameHeaderBytes = 24
const magic = 0x377f0682

/**
 * The frames of a `-wal` file, all of them: those that SQLite still counts, and older ones behind them that an earlier round of
 * the log has left, whose salts differ. Nothing is said of which are committed; a page that was deleted is in any of them.
 */
export class WalFile {
  readonly pageBytes: number
  readonly #file: number
  /** Of each frame the number of its page, whether a transaction ends with it, and by which salt it belongs to others. */
  readonly #numbers: Uint32Array
  readonly #ends: Uint8Array
  readonly #salts: Uint32Array
  /** By salt and page the frames that hold it, the oldest first. */
  readonly #rounds = new Map<number, Map<number, number[]>>()
  /** The salt of the round that counts. */
  readonly #salt: number

  /** Undefined where there is no such file, or it is no log. */
  static open(path: string): WalFile | undefined {
    let file: number
    try {
      file = openRegular(path)
    } catch {
      return undefined
    }
    const header = Buffer.alloc(walHeaderBytes)
    const length = readSync(file, header, 0, walHeaderBytes, 0)
    const pageBytes = header.readUInt32BE(8)
    if (length === walHeaderBytes && (header.readUInt32BE(0) & ~1) === magic && isPageSize(pageBytes))
      return new WalFile(file, pageBytes, header.readUInt32BE(16))
    closeSync(file)
    return undefined
  }

  private constructor(file: number, pageBytes: number, salt: number) {
    this.#file = file
    this.pageBytes = pageBytes
    this.#salt = salt
    const frameBytes = frameHeaderBytes + pageBytes
    const count = Math.max(0, Math.floor((fstatSync(file).size - walHeaderBytes) / frameBytes))
    this.#numbers = new Uint32Array(count)
    this.#ends = new Uint8Array(count)
    this.#salts = new Uint32Array(count)
    const head = Buffer.alloc(12)
    for (let frame = 0; frame < count; frame++) {
      readSync(file, head, 0, 12, walHeaderBytes + frame * frameBytes)
      this.#numbers[frame] = head.readUInt32BE(0)
      this.#ends[frame] = head.readUInt32BE(4) === 0 ? 0 : 1
      this.#salts[frame] = head.readUInt32BE(8)
      this.#note(frame)
    }
  }

  #note(frame: number): void {
    const salt = this.#salts[frame]!
    const pages = this.#rounds.get(salt) ?? new Map<number, number[]>()
    this.#rounds.set(salt, pages)
    const frames = pages.get(this.#numbers[frame]!)
    if (frames) frames.push(frame)
    else pages.set(this.#numbers[frame]!, [frame])
  }

  get count(): number {
    return this.#numbers.length
  }

  /** The number of the page that a frame holds; any number in a damaged log. */
  numberOf(frame: number): number {
    return this.#numbers[frame]!
  }

  content(frame: number): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(this.pageBytes)
    const from = walHeaderBytes + frame * (frameHeaderBytes + this.pageBytes) + frameHeaderBytes
    return bytes.subarray(0, readSync(this.#file, bytes, 0, this.pageBytes, from))
  }

  /**
   * The database as it was when the transaction of a frame ended: pages of the same round of the log over those of the file.
   */
  asOf(frame: number, file: Pages): Pages {
    let end = frame
    while (end + 1 < this.count && this.#ends[end] === 0 && this.#salts[end + 1] === this.#salts[frame]) end++
    const pages = this.#rounds.get(this.#salts[frame]!)
    return {
      pageBytes: file.pageBytes,
      usableBytes: file.usableBytes,
      page: (number) => {
        const at = lastUpTo(pages?.get(number) ?? [], end)
        return at === undefined ? file.page(number) : this.content(at)
      },
    }
  }

  /** The last frame of each page that the database counts: of the log's own round, up to its last transaction that ended. */
  committed(): ReadonlyMap<number, number> {
    const frames = new Map<number, number>()
    let ended = 0
    while (ended < this.count && this.#salts[ended] === this.#salt) ended++
    while (ended > 0 && this.#ends[ended - 1] === 0) ended--
    for (let frame = 0; frame < ended; frame++) frames.set(this.#numbers[frame]!, frame)
    return frames
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** The greatest number of a sorted list that is not above another one. */
function lastUpTo(sorted: readonly number[], most: number): number | undefined {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (sorted[middle]! <= most) from = middle + 1
    else to = middle
  }
  return sorted[from - 1]
}
