import { count, fileSize, grouped } from '../render/words.ts'
import type { CommonFlags } from './common-flags.ts'

/** How often a line of progress is written anew, in ms. */
const every = 100

/** One line on stderr that is written over and over; only where a person is looking, and gone when the work is done. */
export class ProgressLine {
  readonly #shown: boolean
  #last = Number.NEGATIVE_INFINITY
  #written = false
  readonly #start = performance.now()

  constructor(flags: CommonFlags) {
    this.#shown = Boolean(process.stderr.isTTY) && !flags.quiet
  }

  /** @param bytes done so far, where that is known: shown with how many a second */
  update(
    what: string,
    { done, sessions, bytes }: { readonly done: number; readonly sessions: number; readonly bytes?: number },
  ): void {
    const now = performance.now()
    if (!this.#shown || now - this.#last < every) return
    this.#last = now
    this.#written = true
    const rate = bytes === undefined ? 0 : (bytes / Math.max(1, now - this.#start)) * 1000
    const amount = bytes === undefined ? '' : `, ${fileSize(bytes)}, ${fileSize(rate)}/s`
    process.stderr.write(`\r\x1b[K${what} ${grouped(done)} of ${count(sessions, 'session')}${amount}`)
  }

  /** What is being done, where nothing is counted. */
  step(what: string): void {
    if (!this.#shown) return
    this.#written = true
    process.stderr.write(`\r\x1b[K${what}`)
  }

  clear(): void {
    if (this.#written) process.stderr.write('\r\x1b[K')
    this.#written = false
  }
}
