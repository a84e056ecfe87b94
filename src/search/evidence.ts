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
  /** How many of the terms the unit meets. */
  readonly terms: number
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
const shown = 3

/** The terms of a query, numbered; the excluded ones come last. */
export const termsOf = (query: Query) => [...query.clauses.flat(), ...query.excluded]

/**
 * Sums up the hits of one session; null when they do not answer the query.
 * @param hits of one session, in any order; each (term, unit, field) once
 */
export function weigh(query: Query, hits: readonly TermHit[]): Evidence | null {
  const wanted = query.clauses.flat().length
  const found = new Set<number>()
  for (const { term } of hits) {
    if (term >= wanted) return null
    found.add(term)
  }
  const clauses = clausesByTerm(query)
  const met = new Set([...found].map((term) => clauses[term]))
  if (met.size < query.clauses.length) return null

  const counts = Array.from({ length: wanted }, () => new Array<number>(fields.length).fill(0))
  const inMessage = new Map<number, Set<number>>()
  const units = new Map<number, { field: number; terms: Set<number> }>()
  for (const { term, unit, field, message } of hits) {
    counts[term]![field]!++
    const known = units.get(unit)
    if (!known) units.set(unit, { field, terms: new Set([term]) })
    else {
      known.terms.add(term)
      if (weights[fields[field]!] > weights[fields[known.field]!]) known.field = field
    }
    const inThis = inMessage.get(message)
    if (inThis) inThis.add(clauses[term]!)
    else inMessage.set(message, new Set([clauses[term]!]))
  }
  const together = [...inMessage.values()].some((clausesMet) => clausesMet.size === query.clauses.length)
  const all = [...units].map(([unit, { field, terms }]): Hit => ({ unit, field: fields[field]!, terms: terms.size }))
  all.sort((a, b) => b.terms - a.terms || weights[b.field] - weights[a.field] || a.unit - b.unit)
  return { counts, together, best: all.slice(0, shown), total: all.length }
}

function clausesByTerm(query: Query): number[] {
  return query.clauses.flatMap((terms, clause) => terms.map(() => clause))
}
