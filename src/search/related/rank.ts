import { type Evidence, type Hit, hitsShown, weights } from '../evidence.ts'
import { fields, type Query } from '../query.ts'
import { type Candidate, k1, type Score } from '../rank.ts'
import { sizeSteps } from '../text/searchable.ts'
import type { Counts, Mentioned, Passing, Survey } from './survey.ts'

/**
 * The order of sessions of which none needs to hold every word. A session counts by two things alike: how it uses the words as a
 * whole (BM25F), and its best passage, one message and its neighbours, so that a long session does not come first for saying
 * everything somewhere.
 */

/** How much a long session is held against it. */
const b = 0.5
/** Of a word in the message before or after, this much belongs to a passage. */
const besideFactor = 0.5
/** A text of so many characters, a sentence, is not held to be long; each doubling takes a share of its worth. */
const sentenceChars = 60
const lossPerDoubling = 0.25
const recencyGain = 0.15
const halfLifeMs = 90 * 86_400_000
const hereFactor = 1.1

/**
 * What a place in a field is worth beside an answer. Fields differ less than in the order of what answers exactly: a question is
 * rather about what was said than about where.
 */
const places = fields.map((field) => (weights[field] / weights.answer) ** 0.4)
const passages = places.map((worth) => Math.sqrt(worth))

/** The rarity of each word, among sessions and among messages. */
export interface Rarities {
  readonly sessions: readonly number[]
  readonly messages: readonly number[]
  /** Messages of an average session. */
  readonly length: number
}

export function raritiesOf({ sessions, messages, holding, places }: Survey): Rarities {
  const rarity = (in_: number, of: number) => Math.log(1 + (of - Math.min(in_, of) + 0.5) / (Math.min(in_, of) + 0.5))
  return {
    sessions: holding.map((count) => rarity(count, sessions)),
    messages: places.map((count) => rarity(count, messages)),
    length: Math.max(1, messages / Math.max(1, sessions)),
  }
}

/** Of each term of a query: its clause, and what it is worth. */
export interface Terms {
  readonly clause: readonly number[]
  readonly worth: readonly number[]
}

export const termsIn = ({ clauses }: Query): Terms => ({
  clause: clauses.flatMap((terms, clause) => terms.map(() => clause)),
  worth: clauses.flatMap((terms) => terms.map(({ near }) => near?.worth ?? 1)),
})

/** How a session uses the words as a whole. */
export function usage(counts: Counts, messages: number, terms: Terms, rarities: Rarities): number {
  const frequencies = rarities.sessions.map(() => 0)
  const worth = rarities.sessions.map(() => 0)
  for (const [term, inFields] of counts.entries()) {
    const clause = terms.clause[term]!
    const count = inFields.reduce((sum, count, field) => sum + count * places[field]!, 0)
    if (count === 0) continue
    frequencies[clause]! += count
    worth[clause] = Math.max(worth[clause]!, terms.worth[term]!)
  }
  const length = 1 - b + (b * messages) / rarities.length
  return rarities.sessions.reduce((sum, rarity, clause) => {
    const frequency = frequencies[clause]!
    return sum + (worth[clause]! * rarity * frequency * (k1 + 1)) / (frequency + k1 * length)
  }, 0)
}

/** What one place of a term is worth in a passage. */
function worthOf({ term, field, size }: Passing, terms: Terms): number {
  const doublings = Math.max(0, size / sizeSteps - Math.log2(sentenceChars))
  return (terms.worth[term]! * passages[field]!) / (1 + lossPerDoubling * doublings)
}

/** The best passage of a session, and the places to show: those that are worth the most, in it before elsewhere. */
function bestPassage(hits: readonly Passing[], terms: Terms, rarities: Rarities): { worth: number; best: Hit[]; total: number } {
  const messages = new Map<number, Float64Array>()
  const units = new Map<number, { readonly worths: Float64Array; readonly message: number; field: number; most: number }>()
  const size = rarities.messages.length
  for (const hit of hits) {
    const clause = terms.clause[hit.term]!
    const worth = worthOf(hit, terms)
    const inMessage = messages.get(hit.message) ?? new Float64Array(size)
    messages.set(hit.message, inMessage)
    inMessage[clause] = Math.max(inMessage[clause]!, worth)
    const unit = units.get(hit.unit) ?? { worths: new Float64Array(size), message: hit.message, field: hit.field, most: worth }
    units.set(hit.unit, unit)
    unit.worths[clause] = Math.max(unit.worths[clause]!, worth)
    if (worth > unit.most) Object.assign(unit, { most: worth, field: hit.field })
  }
  const total = (worths: Float64Array) => worths.reduce((sum, worth, clause) => sum + worth * rarities.messages[clause]!, 0)
  let best = { worth: 0, message: 0 }
  for (const [message, worths] of messages) {
    const beside = [messages.get(message - 1), messages.get(message + 1)]
    // The title is beside no message.
    const near = (other: Float64Array | undefined, clause: number) => (message < 0 ? 0 : (other?.[clause] ?? 0) * besideFactor)
    const worth = total(
      worths.map((own, clause) => Math.max(own, near(message > 0 ? beside[0] : undefined, clause), near(beside[1], clause))),
    )
    if (worth > best.worth || (worth === best.worth && message < best.message)) best = { worth, message }
  }
  const inBest = (message: number) => message === best.message || (best.message >= 0 && Math.abs(message - best.message) === 1)
  const shown = [...units]
    .map(([unit, { worths, message, field }]) => ({
      unit,
      field: fields[field]!,
      worth: total(worths) * (inBest(message) ? 2 : 1),
    }))
    .sort((a, b) => b.worth - a.worth || a.unit - b.unit)
    .slice(0, hitsShown)
  return { worth: best.worth, best: shown.map(({ unit, field }) => ({ unit, field })), total: units.size }
}

/** What a session says to a question, and its score. */
export function judged(
  session: Mentioned,
  terms: Terms,
  rarities: Rarities,
  now: number,
): { readonly evidence: Evidence; readonly score: Score } {
  const counts = terms.clause.map(() => new Array<number>(fields.length).fill(0))
  for (const { term, field } of session.hits) counts[term]![field]!++
  const passage = bestPassage(session.hits, terms, rarities)
  const text = usage(counts, session.messages, terms, rarities) + passage.worth
  const { recency, project } = circumstances(session, now)
  return {
    evidence: { counts, together: false, best: passage.best, total: passage.total },
    score: { score: text * recency * project, text, together: 1, recency, project },
  }
}

function circumstances({ updated, here }: Candidate, now: number): { readonly recency: number; readonly project: number } {
  return { recency: 1 + recencyGain * 2 ** (-Math.max(0, now - updated) / halfLifeMs), project: here ? hereFactor : 1 }
}
