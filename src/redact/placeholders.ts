import { isObject } from '../base/json.ts'
import { isStream, type Stream, withTexts } from './document.ts'
import { type DocumentSecrets, identityOf, type Secret, type Secrets } from './secrets.ts'
import { changedMeanwhile, Sum } from './streamed.ts'

/**
 * What stands in a document instead of its secrets: numbered, of each kind from 1; numbers that stand in it already are taken.
 */
export class Placeholders {
  /** How often each stands in it, in order of first appearance. */
  readonly counts = new Map<string, number>()
  /** By the number of the secret; none of those that stay. */
  readonly #names = new Map<number, string>()

  /** @param stays whether the secret of a number is to stay */
  constructor(secrets: readonly Secret[], { counts, free }: DocumentSecrets, stays: (number: number) => boolean) {
    const next = new Map(free)
    for (const [number, count] of counts) {
      if (stays(number)) continue
      const { kind } = secrets[number]!
      const own = next.get(kind) ?? 1
      next.set(kind, own + 1)
      const name = `[redacted:${kind}:${own}]`
      this.#names.set(number, name)
      this.counts.set(name, count)
    }
  }

  of(number: number): string | undefined {
    return this.#names.get(number)
  }
}

/**
 * A document with placeholders instead of its secrets. What is not changed is the same object; a stream is read, and changed,
 * when it is asked for.
 * @param index which of the documents it is that secrets were looked for in
 */
export function withPlaceholders<T>(document: T, index: number, secrets: Secrets, placeholders: Placeholders): T {
  const { leaf, hit } = secrets.documents[index]!
  const replacing = new Replacing(secrets, placeholders, leaf, hit)
  if (!isObject(document) || !Object.values(document).some(isStream)) return withTexts(document, replacing.replace)
  const members = Object.entries(document).map(([key, value]) => {
    const name = replacing.replace(key)
    if (!isStream(value)) return [name, withTexts(value, replacing.replace)]
    const stream = new ReplacedStream(value, replacing.copy(), (sum) => secrets.streams.check(index, key, sum))
    replacing.pass(secrets.streams.count(index, key))
    return [name, stream]
  })
  return Object.fromEntries(members) as T
}

/** Goes over the texts of a document once more, in the order in which secrets were looked for in them. */
class Replacing {
  readonly #secrets: Secrets
  readonly #placeholders: Placeholders
  #leaf: number
  #hit: number

  constructor(secrets: Secrets, placeholders: Placeholders, leaf: number, hit: number) {
    this.#secrets = secrets
    this.#placeholders = placeholders
    this.#leaf = leaf
    this.#hit = hit
  }

  /** One that goes on where this one is. */
  copy(): Replacing {
    return new Replacing(this.#secrets, this.#placeholders, this.#leaf, this.#hit)
  }

  /** Goes past so many texts. */
  pass(leaves: number): void {
    const { hits } = this.#secrets
    this.#leaf += leaves
    while (this.#hit < hits.length && hits.at(this.#hit).leaf < this.#leaf) this.#hit++
  }

  readonly replace = (text: string): string => {
    const { all, hits } = this.#secrets
    const own = hits.of(this.#leaf++, this.#hit)
    this.#hit += own.length
    if (own.length === 0) return text
    let result = ''
    let at = 0
    for (const { start, end, what } of own) {
      const secret = all[what]!
      if (identityOf(text.slice(start, end), secret.kind) !== secret.identity) throw changedMeanwhile()
      const name = this.#placeholders.of(what)
      if (name === undefined) continue
      result += text.slice(at, start) + name
      at = end
    }
    return result + text.slice(at)
  }
}

/** A stream whose items come with placeholders. */
class ReplacedStream implements Iterable<unknown> {
  readonly #source: Stream
  readonly #start: Replacing
  readonly #check: (sum: Sum) => void

  /** @param check is told of all texts in the end */
  constructor(source: Stream, start: Replacing, check: (sum: Sum) => void) {
    this.#source = source
    this.#start = start
    this.#check = check
  }

  get length(): number | undefined {
    return this.#source.length
  }

  /** @throws StoreChanged when what it is made of is another one by now */
  *[Symbol.iterator](): Iterator<unknown> {
    const replacing = this.#start.copy()
    const sum = new Sum()
    for (const item of this.#source) {
      yield withTexts(item, (text) => {
        sum.add(text)
        return replacing.replace(text)
      })
    }
    this.#check(sum)
  }
}
