import { type Evidence, weights } from './evidence.ts'
import { fields } from './query.ts'

/** How the sessions that were searched use each term: what makes a word rare. */
export interface Statistics {
  /** How many sessions were searched, and how many messages they hold. */
  readonly sessions: number
  readonly messages: number
  /** In how many places each wanted term stands. */
  readonly frequencies: readonly number[]
}

/** The statistics of all sources together, which count the same terms in different sessions. */
export function summed(parts: readonly Statistics[]): Statistics {
  const sum = (of: (part: Statistics) => number) => parts.reduce((total, part) => total + of(part), 0)
  const frequencies = (parts[0]?.frequencies ?? []).map((_item, term) => sum((part) => part.frequencies[term]!))
  return { sessions: sum(({ sessions }) => sessions), messages: sum(({ messages }) => messages), frequencies }
}

/** What ranking knows of a session besides its text. */
export interface Candidate {
  readonly updated: number
  readonly messages: number
  /** Whether it belongs to the project of the directory that the person stands in. */
  readonly here: boolean
}

/** The parts of a score, as `--explain` prints them; their product is the score. */
export interface Score {
  readonly score: number
  /** BM25 over the fields. */
  readonly text: number
  /** More than 1 when one message meets the whole query. */
  readonly together: number
  /** From 1 for old sessions to 1.6 for one of this minute. */
  readonly recency: number
  /** More than 1 for this directory's project. */
  readonly project: number
}

/** BM25's constants: how soon more of the same says nothing new, and how much a long session is held against it. */
export const k1 = 1.2
const b = 0.25
/** A word that is everywhere still says a little. */
const leastRarity = 0.1
const togetherFactor = 1.3
const hereFactor = 1.3
const recencyGain = 0.6
/** After this time a session has lost half of what it gained by being new. */
const halfLifeMs = 45 * 86_400_000

/** The weights by number of field. */
const weightOf = fields.map((field) => weights[field])

/** How rare a term is: BM25's weight of a term that stands in so many of the sessions. */
function rarity(frequency: number, sessions: number): number {
  const bounded = Math.min(frequency, sessions)
  return Math.max(leastRarity, Math.log(1 + (sessions - bounded + 0.5) / (bounded + 0.5)))
}

const recencyOf = (updated: number, now: number) => 1 + recencyGain * 2 ** (-Math.max(0, now - updated) / halfLifeMs)

/** @param worths what each term is worth; 1 where nothing is said */
export function scoreOf(
  evidence: Evidence,
  candidate: Candidate,
  statistics: Statistics,
  now: number,
  worths: readonly number[] = [],
): Score {
  const average = Math.max(1, statistics.messages / Math.max(1, statistics.sessions))
  const length = 1 - b + b * (candidate.messages / average)
  let text = 0
  // Plain loops: this is asked of every session that answers.
  for (let term = 0; term < evidence.counts.length; term++) {
    const counts = evidence.counts[term]!
    let frequency = 0
    for (let field = 0; field < counts.length; field++) frequency += counts[field]! * weightOf[field]!
    const rare = (worths[term] ?? 1) * rarity(statistics.frequencies[term]!, statistics.sessions)
    text += (rare * frequency * (k1 + 1)) / (frequency + k1 * length)
  }
  const together = evidence.together ? togetherFactor : 1
  const recency = recencyOf(candidate.updated, now)
  const project = candidate.here ? hereFactor : 1
  return { score: text * together * recency * project, text, together, recency, project }
}

/** No session that was updated at or before this time can have a greater score. */
export function greatestScore(updated: number, statistics: Statistics, now: number, here: boolean): number {
  const text = statistics.frequencies.reduce((sum, frequency) => sum + rarity(frequency, statistics.sessions) * (k1 + 1), 0)
  return text * togetherFactor * recencyOf(updated, now) * (here ? hereFactor : 1)
}
