import { type Field, fields, type Query } from './query.ts'

/** That a unit of a session meets a term. */
export interface TermHit {
  /** Number of the term, in the order of `termsOf`. */
  readonly term: number
  /** Where the unit stands among those of the session. */
  readonly unit: number
  /** Number of the field, in the order of `fields`. */
  readonly field: number
  /** Where the unit's message stands; any number that is the same for the units of one message and no others. */
  readonly message: number
}

/** A unit that a result may show. */
export interface Hit {
  readonly unit: number
  readonly field: Field
}

/** What a session says about a query: all that ranking looks at, and where its best hits are. */
export interface Evidence {
  /** For each term, in how many units of each field it stands. */
  readonly counts: readonly (readonly number[])[]
  /** Whether one message meets every clause. */
  readonly together: boolean
  /** Best first: more terms, then the weightier field, then the earlier unit. */
  readonly best: readonly Hit[]
  /** How many units meet a term. */
  readonly total: number
}

/** How much a field counts: what the person named and asked before what the model said, and that before what tools printed. */
export const weights: Readonly<Record<Field, number>> = {
  title: 8,
  prompt: 6,
  answer: 3,
  path: 2,
  reasoning: 1.5,
  input: 1.2,
  output: 0.7,
  aside: 0.5,
}

/** How many hits of a session can be shown. */
export const hitsShown = 3

/** The terms of a query, numbered; the excluded ones come last. */
export const termsOf = (query: Query) => [...query.clauses.flat(), ...query.excluded]

/** Bits of a number that bitwise operators work on, but for its sign. */
const bits = 31

/** The weights by number of field. */
const weightOf = fields.map((field) => weights[field])

/** How good a hit is: more terms first, then the weightier field. */
const quality = (terms: number, field: number) => terms * 16 + weightOf[field]!

function bitsIn(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++
  return count
}

/** Of a query, for each term its clause, and its bit among what a unit holds; and the bits of all clauses. */
interface Numbers {
  readonly clauseOf: readonly number[]
  readonly bitOf: readonly number[]
  readonly every: number
}

/** Made once for all sessions that hold a word of a query. */
const made = new WeakMap<Query, Numbers>()

function numbersOf(query: Query): Numbers {
  let numbers = made.get(query)
  if (!numbers) {
    const clauseOf = query.clauses.flatMap((terms, clause) => terms.map(() => clause))
    // Each term a bit, as long as there are bits; what stands for a word in its place counts for the word.
    const bitOf = clauseOf.length <= bits ? clauseOf.map((_clause, term) => term) : clauseOf
    numbers = { clauseOf, bitOf, every: 2 ** query.clauses.length - 1 }
    made.set(query, numbers)
  }
  return numbers
}

/**
 * Sums up the hits of one session; null when they do not answer the query.
 * @param hits of one session, in any order; each (term, unit, field) once
 * @param length so many of them, where those behind are of no use; then they are in the order of units
 */
export function weigh(query: Query, hits: TermHit[], length = hits.length): Evidence | null {
  const { clauseOf, bitOf, every } = numbersOf(query)
  let met = 0
  let inOrder = true
  let before = -1
  // Plain loops here and below: this is asked of every session that holds a word.
  for (let at = 0; at < length; at++) {
    const { term, unit } = hits[at]!
    if (term >= clauseOf.length) return null
    met |= 1 << clauseOf[term]!
    if (unit < before) inOrder = false
    before = unit
  }
  if (met !== every) return null
  if (!inOrder) hits.sort((a, b) => a.unit - b.unit)

  const counts = clauseOf.map(() => new Array<number>(fields.length).fill(0))
  const best: (Hit & { readonly quality: number })[] = []
  let together = false
  let total = 0
  let inMessage = 0
  for (let at = 0; at < length; ) {
    const { unit, message } = hits[at]!
    if (at === 0 || hits[at - 1]!.message !== message) inMessage = 0
    let terms = 0
    let field = hits[at]!.field
    for (; at < length && hits[at]!.unit === unit; at++) {
      const hit = hits[at]!
      counts[hit.term]![hit.field]!++
      terms |= 1 << bitOf[hit.term]!
      inMessage |= 1 << clauseOf[hit.term]!
      if (weightOf[hit.field]! > weightOf[field]!) field = hit.field
    }
    total++
    together ||= inMessage === every
    const worth = quality(bitsIn(terms), field)
    if (best.length === hitsShown && worth <= best[hitsShown - 1]!.quality) continue
    const one = { unit, field: fields[field]!, quality: worth }
    let place = best.length
    while (place > 0 && best[place - 1]!.quality < worth) place--
    if (place === best.length) best.push(one)
    else best.splice(place, 0, one)
    if (best.length > hitsShown) best.pop()
  }
  return { counts, together, best: best.map(({ unit, field }) => ({ unit, field })), total }
}
