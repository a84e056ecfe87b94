import type { Random } from './random.ts'

/**
 * Ids hold 48 bits of the clock and a counter, so they wrap every 795 days (last on 2026-08-14, inside the span generated here).
 */
const idSpan = 2 ** 48

/** An id as OpenCode makes it: 12 hex digits of time and counter, then 14 random ones; session ids hold the complement. */
export function makeID(prefix: 'ses' | 'msg' | 'prt' | 'evt', time: number, counter: number, random: Random): string {
  const value = (time * 4096 + counter) % idSpan
  const ordered = prefix === 'ses' ? idSpan - 1 - value : value
  return `${prefix}_${ordered.toString(16).padStart(12, '0')}${random.base62(14)}`
}

/** The time inside one session: it only moves forward, and ids made at one moment are told apart by their counter. */
export class Clock {
  now: number
  readonly #random: Random
  #last = 0
  #counter = 0

  constructor(now: number, random: Random) {
    this.now = now
    this.#random = random
  }

  /** Moves on by low…high ms and returns the new time. */
  advance(low: number, high: number): number {
    this.now += this.#random.between(low, high)
    return this.now
  }

  id(prefix: 'ses' | 'msg' | 'prt'): string {
    this.#counter = this.#last === this.now ? this.#counter + 1 : 1
    this.#last = this.now
    return makeID(prefix, this.now, this.#counter, this.#random)
  }
}
