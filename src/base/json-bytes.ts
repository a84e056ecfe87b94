import { type Bytes, HeldBytes } from './file-bytes.ts'

/** Where a value stands in the bytes of a JSON text. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A list of which an item is read when it is taken, and each time anew. */
export class LazyList<T> implements Iterable<T> {
  readonly #places: readonly Span[]
  readonly #read: (place: Span) => T

  constructor(places: Iterable<Span>, read: (place: Span) => T) {
    this.#places = [...places]
    this.#read = read
  }

  get length(): number {
    return this.#places.length
  }

  at(index: number): T | undefined {
    const place = this.#places.at(index)
    return place && this.#read(place)
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const place of this.#places) yield this.#read(place)
  }
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/** How much is held of bytes that are not in memory. */
const windowBytes = 2 ** 20
/** Behind a quotation mark it is looked back at what escapes it. */
const backBytes = 64

/**
 * A JSON text of which single values are parsed, when they are asked for: parsed whole, a text takes several times its own
 * memory. What is passed by is only looked at for where it ends. Of a file no more is held than a window.
 */
export class JsonBytes {
  readonly size: number
  readonly #bytes: Bytes
  /** The bytes from `#start` on: all of those that are in memory. */
  #window: Buffer
  #start = 0

  constructor(bytes: Uint8Array | Bytes) {
    this.#bytes = bytes instanceof Uint8Array ? new HeldBytes(bytes) : bytes
    this.size = this.#bytes.size
    this.#window = this.#bytes instanceof HeldBytes ? this.#bytes.held : Buffer.alloc(0)
  }

  /** The byte at a place; undefined outside of the text. */
  #at(place: number): number | undefined {
    return this.#window[place - this.#start] ?? this.#elsewhere(place)
  }

  #elsewhere(place: number): number | undefined {
    if (place < 0 || place >= this.size || this.#bytes instanceof HeldBytes) return undefined
    this.#moveTo(place)
    return this.#window[place - this.#start]
  }

  #moveTo(place: number): void {
    const buffer = this.#window.length > 0 ? Buffer.from(this.#window.buffer) : Buffer.allocUnsafeSlow(windowBytes)
    this.#start = Math.max(0, place - backBytes)
    this.#window = buffer.subarray(0, this.#bytes.into(buffer, this.#start))
  }

  #has = (from: number, to: number): boolean => from >= this.#start && to <= this.#start + this.#window.length

  #indexOf(byte: number, from: number): number {
    for (let at = from; at < this.size; at = this.#start + this.#window.length) {
      if (this.#at(at) === undefined) return -1
      const found = this.#window.indexOf(byte, at - this.#start)
      if (found >= 0) return found + this.#start
    }
    return -1
  }

  #text(from: number, to: number): string {
    if (!this.#has(from, to) && to - from <= windowBytes - backBytes) this.#elsewhere(from)
    if (this.#has(from, to)) return this.#window.toString('utf8', from - this.#start, to - this.#start)
    const buffer = Buffer.allocUnsafeSlow(Math.min(to, this.size) - from)
    return buffer.toString('utf8', 0, this.#bytes.into(buffer, from))
  }

  /** The value that the whole text is. */
  get whole(): Span {
    return { from: this.#skip(0), to: this.size }
  }

  /**
   * Whether the text is one value, and not several, one after the other.
   * @throws SyntaxError where it is not JSON
   */
  get isOne(): boolean {
    return this.#skip(this.#end(this.whole.from)) === this.size
  }

  isList = ({ from }: Span): boolean => this.#at(from) === openList
  isObject = ({ from }: Span): boolean => this.#at(from) === openObject

  /** @throws SyntaxError where it is not JSON */
  parse({ from, to }: Span): unknown {
    return JSON.parse(this.#text(from, to))
  }

  /**
   * The members of an object, in their order; none of anything else.
   * @throws SyntaxError where it is not JSON
   */
  *members(place: Span): Iterable<readonly [key: string, value: Span]> {
    if (!this.isObject(place)) return
    for (let at = this.#skip(place.from + 1); this.#at(at) !== closeObject; at = this.#next(at, closeObject)) {
      const keyEnd = this.#at(at) === quote ? this.#stringEnd(at) : this.#fail(at)
      const key = String(this.parse({ from: at, to: keyEnd }))
      at = this.#skip(keyEnd)
      if (this.#at(at) !== colon) this.#fail(at)
      const from = this.#skip(at + 1)
      at = this.#end(from)
      yield [key, { from, to: at }]
    }
  }

  /**
   * The items of a list; none of anything else.
   * @throws SyntaxError where it is not JSON
   */
  *items(place: Span): Iterable<Span> {
    if (!this.isList(place)) return
    for (let at = this.#skip(place.from + 1); this.#at(at) !== closeList; at = this.#next(at, closeList)) {
      const from = at
      at = this.#end(from)
      yield { from, to: at }
    }
  }

  /** The members of an object by their keys; of two with one key the last counts, as for `JSON.parse`. */
  object(place: Span): ReadonlyMap<string, Span> {
    return new Map(this.members(place))
  }

  /** Where the next member or item begins, or the bracket that closes. */
  #next(end: number, close: number): number {
    const at = this.#skip(end)
    if (this.#at(at) === close) return at
    if (this.#at(at) !== comma) this.#fail(at)
    const next = this.#skip(at + 1)
    return this.#at(next) === close ? this.#fail(next) : next
  }

  #skip(from: number): number {
    let at = from
    while (this.#isSpace(at)) at++
    return at
  }

  #isSpace(at: number): boolean {
    const byte = this.#at(at)
    return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
  }

  /** The end of the value that begins here. */
  #end(from: number): number {
    const first = this.#at(from)
    if (first === quote) return this.#stringEnd(from)
    let at = from
    if (first !== openObject && first !== openList) {
      for (let byte = first; byte !== undefined && !this.#endsWord(at); byte = this.#at(at)) at++
      return at === from ? this.#fail(at) : at
    }
    for (let depth = 0; at < this.size; ) {
      const byte = this.#at(at)
      if (byte === quote) at = this.#stringEnd(at)
      else {
        if (byte === openObject || byte === openList) depth++
        else if (byte === closeObject || byte === closeList) depth--
        at++
        if (depth === 0) return at
      }
    }
    return this.#fail(at)
  }

  #endsWord(at: number): boolean {
    const byte = this.#at(at)
    return byte === comma || byte === closeList || byte === closeObject || this.#isSpace(at)
  }

  #stringEnd(from: number): number {
    for (let at = this.#indexOf(quote, from + 1); at >= 0; at = this.#indexOf(quote, at + 1)) {
      let escapes = 0
      while (this.#at(at - 1 - escapes) === backslash) escapes++
      if (escapes % 2 === 0) return at + 1
    }
    return this.#fail(this.size)
  }

  #fail(at: number): never {
    throw new SyntaxError(at >= this.size ? 'it ends too early' : `byte ${at} is none that can stand there`)
  }
}
