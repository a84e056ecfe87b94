import type { SessionID } from '../../opencode/ids.ts'
import type { TermHit } from '../evidence.ts'
import type { Found } from '../source.ts'

/** In how many places of each field the terms of a query stand: a row for each term, a column for each field. */
export type Counts = readonly (readonly number[])[]

/** How all sessions that are searched use the words of a question. */
export interface Survey {
  readonly sessions: number
  readonly messages: number
  /** For each clause, how many sessions hold one of its terms. */
  readonly holding: readonly number[]
  /** For each clause, in how many places one of its terms stands. */
  readonly places: readonly number[]
}

/** A session that holds some of the words that tell the most. */
export interface Mention {
  readonly id: SessionID
  readonly messages: number
  readonly updated: number
  /** Of the clauses that were asked for; nothing is said of the others. */
  readonly counts: Counts
}

/** A hit, with how long the text is that it stands in. */
export interface Passing extends TermHit {
  /** As `sizeOf` gives it. */
  readonly size: number
}

/** A session with every place in which a word stands. */
export interface Mentioned extends Omit<Found, 'evidence'> {
  readonly hits: readonly Passing[]
}

/** One way to tell how the sessions of a store use words of which none has to be there. */
export interface Surveyor {
  survey(): Promise<Survey>
  /** Sessions that hold a term of one of these clauses. */
  mentions(clauses: ReadonlySet<number>): Promise<Mention[]>
  /** Everything that these sessions say; ids of other stores are passed by. */
  read(ids: ReadonlySet<SessionID>): Promise<Mentioned[]>
}

/** A word that stands in so many places is as good as everywhere: further ones need not be counted. */
export const placesCounted = 100_000

/** The surveys of several sources in one. */
export function surveyOf(parts: readonly Survey[]): Survey {
  const sum = (of: (part: Survey) => number) => parts.reduce((total, part) => total + of(part), 0)
  const each = (of: (part: Survey) => readonly number[]) =>
    parts[0] ? of(parts[0]).map((_count, at) => sum((part) => of(part)[at]!)) : []
  const sessions = sum((part) => part.sessions)
  const places = each((part) => part.places)
  const holding = each((part) => part.holding).map((count, clause) => (places[clause]! >= placesCounted ? sessions : count))
  return {
    sessions,
    messages: sum(({ messages }) => messages),
    holding,
    places: places.map((count) => Math.min(count, placesCounted)),
  }
}
