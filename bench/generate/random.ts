import { Buffer } from 'node:buffer'

/**
 * A seeded source of randomness (sfc32): the same seeds give the same numbers on every machine and release of Node.
 * Every session has a source of its own, so that what one session holds does not depend on which others are written.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(...seeds: readonly [number, number?, number?]) {
    this.#a = seeds[0] | 0
    this.#b = (seeds[1] ?? 0) | 0
    this.#c = (seeds[2] ?? 0) | 0
    for (let i = 0; i < 12; i++) this.#next()
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A number in [0, 1). */
  float(): number {
    return this.#next() / 2 ** 32
  }

  /** A whole number in 0…limit-1. */
  below(limit: number): number {
    return Math.floor(this.float() * limit)
  }

  /** A whole number in low…high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.float() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** Lengths of texts and outputs are spread like this: many near the median, a few very long. */
  lognormal(median: number, sigma: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.float()))
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.float()))
  }

  /** Lower-case hex digits, as in a git hash. */
  hex(length: number): string {
    let out = ''
    while (out.length < length) out += this.#next().toString(16).padStart(8, '0')
    return out.slice(0, length)
  }

  /** The base64 of so many random bytes, rounded up to whole groups; built in one piece, as it may have megabytes. */
  base64(bytes: number): string {
    const words = new Uint32Array(Math.ceil(bytes / 12) * 3)
    for (let i = 0; i < words.length; i++) words[i] = this.#next()
    return Buffer.from(words.buffer).toString('base64')
  }

  /** Digits and letters, as in the tail of an OpenCode id. */
  base62(length: number): string {
    let out = ''
    while (out.length < length) {
      let value = this.#next()
      for (let i = 0; i < 5; i++) {
        out += base62[value % 62]
        value = Math.floor(value / 62)
      }
    }
    return out.slice(0, length)
  }
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
