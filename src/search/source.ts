import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Filterable } from '../stores/filter.ts'
import type { Store } from '../stores/store.ts'
import type { Evidence } from './evidence.ts'
import type { Candidate, Statistics } from './rank.ts'

/** A session that answers a query. */
export interface Found extends Candidate {
  readonly id: SessionID
  /** The session that started it, or that started the one that did; itself when nobody did. */
  readonly rootID: SessionID
  readonly store: Store
  readonly evidence: Evidence
  /** The message and part of a unit; null for the session's title. */
  locate(unit: number): UnitPlace | null
}

export interface UnitPlace {
  readonly messageID: string
  /** Which of the message's units it is. */
  readonly unit: number
  /** The first and the last message of the turn that it is in: from a message of the user to the end of its answer. */
  readonly turn: readonly [first: MessageID, last: MessageID]
}

/** How many subagents may have started one another. */
export const deepest = 100

/** Sessions found, and a time: no session that is still to come was updated after it. */
export interface Batch {
  readonly found: readonly Found[]
  readonly before: number
}

/** What a session must be to be searched at all; `Filterable` without a title, which a search asks for as words. */
export type Scope = (session: Pick<Filterable, 'id' | 'projectID' | 'directory' | 'time'>) => boolean

/** One way to answer a query over the sessions of a store. */
export interface Source {
  /** At most so many sessions are in scope. */
  readonly sessionsAtMost: number
  /**
   * Over all sessions in scope, whether they answer or not.
   * @param countedAtMost frequencies need not be counted beyond: they say no more than that
   */
  statistics(countedAtMost: number): Promise<Statistics>
  /** Sessions that answer, those that were updated last more or less first. */
  batches(): AsyncIterable<Batch>
  /** Those of some sessions that answer, to complete a tree of which one has come. */
  among(ids: ReadonlySet<SessionID>): Promise<Found[]>
}
