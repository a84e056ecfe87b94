import { count, grouped } from '../render/words.ts'
import type { CommonFlags } from './flags.ts'

/** How often a line of progress is written anew, in ms. */
const every = 100

/** One line on stderr that is written over and over; only where a person is looking, and gone when the work is done. */
export class ProgressLine {
  readonly #shown: boolean
  #last = Number.NEGATIVE_INFINITY
  #written = false

  constructor(flags: CommonFlags) {
    this.#shown = Boolean(process.stderr.isTTY) && !flags.quiet
  }

  update(what: string, { done, sessions }: { readonly done: number; readonly sessions: number }): void {
    const now = performance.now()
    if (!this.#shown || now - this.#last < every) return
    this.#last = now
    this.#written = true
    process.stderr.write(`\r\x1b[K${what} ${grouped(done)} of ${count(sessions, 'session')}`)
  }

  clear(): void {
    if (this.#written) process.stderr.write('\r\x1b[K')
    this.#written = false
  }
}
