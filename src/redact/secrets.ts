import { detached } from '../base/detached.ts'
import { type Leaf, leavesOf, pathOf } from './document.ts'
import { findSecrets } from './find.ts'
import { entropy, isWords } from './harmless.ts'
import type { Hit } from './hit.ts'
import { HitList } from './hit-list.ts'
import { maskedContext, maskedSecret } from './mask.ts'
import { Occurrences } from './occurrences.ts'
import { placeWords } from './place-words.ts'
import { keyLetters } from './private-keys.ts'
import { changedMeanwhile, Streamed } from './streamed.ts'

/** Where a secret stands. Contexts are masked, and can be shown. */
export interface FindingPlace {
  /** Which of the documents, from 0. */
  readonly document: number
  /** As code would say it: `messages[3].parts[1].state.output`. */
  readonly path: string
  /** As a person would say it: `your first prompt`, ``output of bash `env` ``, secrets masked; null in what is no session. */
  readonly where: string | null
  readonly messageID: string | null
  /** The line around it, with every secret in it masked. */
  readonly context: string
}

/** A secret of some documents. */
export interface Secret {
  /** What the same secret has in common, however it is written. */
  readonly identity: string
  readonly text: string
  readonly kind: string
  /** How often it stands there. */
  readonly count: number
  /** The first of its places. */
  readonly places: readonly FindingPlace[]
}

/** What one of the documents has. */
export interface DocumentSecrets {
  /** How often each secret stands in it, by its number, in order of first appearance. */
  readonly counts: ReadonlyMap<number, number>
  /** For each kind the first number that no placeholder in it has. */
  readonly free: ReadonlyMap<string, number>
  /** Which of all texts its first one is, and which of all hits. */
  readonly leaf: number
  readonly hit: number
}

export interface Secrets {
  /** In order of first appearance; their places in this list are their numbers. */
  readonly all: readonly Secret[]
  /** By their numbers, in every text of the documents. */
  readonly hits: HitList
  readonly documents: readonly DocumentSecrets[]
  readonly streams: Streamed
}

/** Secrets shorter than this, or made of words, are redacted only where a rule finds them. */
const shortestAnywhere = 6
const placesShown = 100

/** Two copies of a key are the same secret, whatever their lines look like. */
export const identityOf = (text: string, kind: string): string => (kind === 'private-key' ? keyLetters(text) : text)

/**
 * All secrets of documents. Goes over them twice: what one text tells to be a secret is one in all.
 * @throws StoreChanged when a stream of them is not the same the second time
 */
export function secretsIn(documents: readonly unknown[], withPersonal = false): Secrets {
  const leaves = function* () {
    for (const [index, document] of documents.entries()) yield* leavesOf(document, index)
  }
  return secretsOf(leaves, documents.length, withPersonal)
}

/** The same in texts as they are, each of them a document. */
export function secretsInTexts(texts: readonly string[]): Secrets {
  const place = { step: null, isKey: false, label: null, messageID: null, within: null, stream: null }
  return secretsOf(() => Iterator.from(texts).map((text, document) => ({ ...place, text, document })), texts.length, false)
}

function secretsOf(leaves: () => Iterable<Leaf>, documents: number, withPersonal: boolean): Secrets {
  const streams = new Streamed()
  const { kinds, found } = foundIn(streams.first(leaves()), withPersonal)
  const known = new Occurrences(new Map([...kinds].filter(([text]) => isKnownAnywhere(text))))
  const gathering = new Gathering(documents, kinds)
  let [index, next] = [0, 0]
  for (const leaf of streams.again(leaves())) {
    const hits = found.of(index, next)
    next += hits.length
    gathering.add(leaf, index++, merged(hits, [...known.in(leaf.text)]))
  }
  return { ...gathering.result(), streams }
}

/** A secret has one kind, wherever it stands: the surest, of equal ones the first. And where rules have found them. */
function foundIn(leaves: Iterable<Leaf>, withPersonal: boolean): { kinds: ReadonlyMap<string, string>; found: HitList } {
  const best = new Map<string, Pick<Hit, 'kind' | 'rank'>>()
  const found = new HitList()
  for (const { index, leaf, hits } of findSecrets(leaves, withPersonal)) {
    for (const { start, end, kind, rank } of hits) {
      found.add({ leaf: index, start, end, what: 0 })
      const text = leaf.text.slice(start, end)
      const known = best.get(text)
      if (!known) best.set(detached(text), { kind, rank })
      else if (rank > known.rank) best.set(text, { kind, rank })
    }
  }
  return { kinds: new Map(Array.from(best, ([text, { kind }]) => [text, kind])), found }
}

/** Whether a secret can be told from other text by itself: `hunter2` can, `postgres` and `swordfish` are words. */
function isKnownAnywhere(text: string): boolean {
  if (text.length < shortestAnywhere) return false
  return !(isWords(text) && (text.length < 16 || entropy(text) < 3.5)) && !/^\d{1,7}$/.test(text)
}

type Stretch = Pick<Hit, 'start' | 'end'>

/** Hits of the rules, and between them those of known secrets; both in order. */
function merged(found: readonly Stretch[], known: readonly Stretch[]): readonly Stretch[] {
  if (known.length === 0) return found
  const all: Stretch[] = []
  let next = 0
  for (const hit of known) {
    while (next < found.length && found[next]!.start < hit.end) all.push(found[next++]!)
    if (hit.start >= (all.at(-1)?.end ?? 0)) all.push(hit)
  }
  return [...all, ...found.slice(next)]
}

interface Growing extends Secret {
  count: number
  readonly places: FindingPlace[]
}

/** Secrets as they are met, text by text. */
class Gathering {
  readonly #kinds: ReadonlyMap<string, string>
  readonly #known: Occurrences
  readonly #numbers = new Map<string, number>()
  readonly #all: Growing[] = []
  readonly #hits = new HitList()
  readonly #documents: { counts: Map<number, number>; free: Map<string, number>; leaf: number; hit: number }[] = []
  readonly #size: number

  /** @param kinds by secret */
  constructor(documents: number, kinds: ReadonlyMap<string, string>) {
    this.#size = documents
    this.#kinds = kinds
    this.#known = new Occurrences(kinds)
  }

  add(leaf: Leaf, index: number, hits: readonly Stretch[]): void {
    this.#begin(leaf.document, index)
    const { counts, free } = this.#documents[leaf.document]!
    if (leaf.text.includes('[redacted:')) takeNumbers(leaf.text, free)
    for (const [at, { start, end }] of hits.entries()) {
      const number = this.#numberOf(leaf.text.slice(start, end))
      this.#hits.add({ leaf: index, start, end, what: number })
      counts.set(number, (counts.get(number) ?? 0) + 1)
      const secret = this.#all[number]!
      if (secret.count++ < placesShown) secret.places.push(this.#place(leaf, hits, at))
    }
  }

  #begin(document: number, leaf: number): void {
    while (this.#documents.length <= document) {
      this.#documents.push({ counts: new Map(), free: new Map(), leaf, hit: this.#hits.length })
    }
  }

  #numberOf(text: string): number {
    const kind = this.#kinds.get(text)
    if (kind === undefined) throw changedMeanwhile()
    const identity = identityOf(text, kind)
    const known = this.#numbers.get(identity)
    if (known !== undefined) return known
    const own = detached(identity)
    this.#numbers.set(own, this.#all.length)
    this.#all.push({ identity: own, text: detached(text), kind, count: 0, places: [] })
    return this.#all.length - 1
  }

  #place(leaf: Leaf, hits: readonly Stretch[], at: number): FindingPlace {
    const where = placeWords(leaf, (shown) => masked(shown, this.#known))
    return {
      document: leaf.document,
      path: detached(masked(pathOf(leaf), this.#known)),
      where: where === null ? null : detached(where),
      messageID: leaf.messageID,
      context: detached(maskedContext(leaf.text, hits, at)),
    }
  }

  result(): Omit<Secrets, 'streams'> {
    this.#begin(this.#size - 1, Number.MAX_SAFE_INTEGER)
    return { all: this.#all, hits: this.#hits, documents: this.#documents }
  }
}

/** Numbers of placeholders that stand in a text are taken. */
function takeNumbers(text: string, free: Map<string, number>): void {
  for (const [, kind, number] of text.matchAll(/\[redacted:([\w-]{1,60}):(\d{1,9})\]/g)) {
    free.set(detached(kind!), Math.max(free.get(kind!) ?? 1, Number(number) + 1))
  }
}

/** A path may go through a key that is a secret, and a command may have one in it. */
function masked(shown: string, known: Occurrences): string {
  return [...known.in(shown)].reduceRight(
    (text, { start, end }) => text.slice(0, start) + maskedSecret(text.slice(start, end)) + text.slice(end),
    shown,
  )
}
