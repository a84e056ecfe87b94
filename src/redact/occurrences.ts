import type { Hit } from './hit.ts'

/** Letters that a secret has in front; none shorter is looked for. */
const head = 5

/** Finds many strings in long texts in one pass: by their first letters, then by their length. */
export class Occurrences {
  readonly #kinds: ReadonlyMap<string, string>
  readonly #lengths = new Map<string, number[]>()
  /** Whether anything begins with two such letters: most places in a text are passed by at once. */
  readonly #pairs = new Uint8Array(65_536)

  /** @param kinds by secret */
  constructor(kinds: ReadonlyMap<string, string>) {
    this.#kinds = kinds
    for (const secret of kinds.keys()) {
      const begin = secret.slice(0, head)
      const lengths = this.#lengths.get(begin) ?? []
      if (!lengths.includes(secret.length)) lengths.push(secret.length)
      this.#lengths.set(begin, lengths)
      this.#pairs[pairOf(secret.charCodeAt(0), secret.charCodeAt(1))] = 1
    }
    for (const lengths of this.#lengths.values()) lengths.sort((a, b) => b - a)
  }

  /** Where they stand: the longest at each place, none inside another, and none within a longer word. */
  *in(text: string): Generator<Hit> {
    if (this.#kinds.size === 0) return
    const last = text.length - head
    const pairs = this.#pairs
    let first = 0
    let second = text.charCodeAt(0)
    for (let at = 0; at <= last; at++) {
      first = second
      second = text.charCodeAt(at + 1)
      if (pairs[pairOf(first, second)] === 0) continue
      const lengths = this.#lengths.get(text.slice(at, at + head))
      if (!lengths) continue
      for (const length of lengths) {
        const secret = text.slice(at, at + length)
        const kind = this.#kinds.get(secret)
        if (kind === undefined || !standsAlone(text, at, at + length)) continue
        yield { start: at, end: at + length, kind, rank: 1 }
        at += length - 1
        second = text.charCodeAt(at + 1)
        break
      }
    }
  }
}

const pairOf = (first: number, second: number) => (Math.imul(first, 251) ^ Math.imul(second, 65_521)) & 0xffff

/** Long secrets are found wherever they stand; `hunter2` not in `hunter2000`. */
function standsAlone(text: string, start: number, end: number): boolean {
  if (end - start >= 20) return true
  const escaped = text[start - 2] === '\\' && /[nrt]/.test(text[start - 1] ?? '')
  return (
    (escaped || !isWordLetter(text, start - 1) || !isWordLetter(text, start)) &&
    !(isWordLetter(text, end) && isWordLetter(text, end - 1))
  )
}

function isWordLetter(text: string, at: number): boolean {
  return /[\p{L}\p{N}_]/u.test(text[at] ?? '')
}
