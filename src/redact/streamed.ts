import { StoreChanged } from '../base/errors.ts'
import { createHash } from '../base/hash.ts'
import type { Leaf } from './document.ts'

/** What is thrown where a text is not what it was. */
export const changedMeanwhile = (): StoreChanged => new StoreChanged('the session')

/** Short texts are gathered until they have so many letters: each look at the sum costs. */
const batch = 4096

/** The sum of texts in their order. */
export class Sum {
  readonly #hash = createHash('sha256')
  #texts: string[] = []
  #letters = 0
  count = 0

  add(text: string): void {
    this.count++
    if (text.length < batch / 4) {
      this.#texts.push(text)
      this.#letters += text.length
      if (this.#letters < batch) return
    }
    this.#flush()
    if (text.length >= batch / 4) this.#hash.update(text)
  }

  #flush(): void {
    this.#hash.update(`${this.#texts.join('\0')}\0`)
    this.#texts = []
    this.#letters = 0
  }

  /** To be asked for once, in the end. */
  text(): string {
    this.#flush()
    return `${this.count} ${this.#hash.digest('hex')}`
  }
}

/**
 * What comes from a stream is made anew each time: here it is seen that it is the same every time. A secret that came meanwhile
 * was looked for by nobody.
 */
export class Streamed {
  readonly #sums = new Map<string, string>()

  /** How many texts a stream of a document has. */
  count(document: number, stream: string): number {
    return Number.parseInt(this.#sums.get(keyOf(document, stream)) ?? '0', 10)
  }

  /** The texts of documents, as they come for the first time. */
  *first(leaves: Iterable<Leaf>): Generator<Leaf> {
    yield* this.#summed(leaves, (key, sum) => this.#sums.set(key, sum))
  }

  /**
   * The same once more.
   * @throws StoreChanged in the end when they are not the same
   */
  *again(leaves: Iterable<Leaf>): Generator<Leaf> {
    const seen = new Set<string>()
    yield* this.#summed(leaves, (key, sum) => {
      seen.add(key)
      this.#check(key, sum)
    })
    if (seen.size !== this.#sums.size) throw changedMeanwhile()
  }

  /**
   * The same of one stream of a document.
   * @throws StoreChanged
   */
  check(document: number, stream: string, sum: Sum): void {
    this.#check(keyOf(document, stream), sum.text())
  }

  #check(key: string, sum: string): void {
    if ((this.#sums.get(key) ?? new Sum().text()) !== sum) throw changedMeanwhile()
  }

  *#summed(leaves: Iterable<Leaf>, done: (key: string, sum: string) => void): Generator<Leaf> {
    const sums = new Map<string, Sum>()
    let [last, sum]: [string | null, Sum] = [null, new Sum()]
    for (const leaf of leaves) {
      const { document, stream, text } = leaf
      if (stream !== null) {
        const key = keyOf(document, stream)
        if (key !== last) {
          ;[last, sum] = [key, new Sum()]
          sums.set(key, sum)
        }
        sum.add(text)
      }
      yield leaf
    }
    for (const [key, each] of sums) done(key, each.text())
  }
}

const keyOf = (document: number, stream: string) => `${document} ${stream}`
