import type { SessionID } from '../opencode/ids.ts'
import type { ProjectScope, Store } from '../stores/store.ts'
import type { Progress } from './index/fill.ts'
import type { QueryOptions } from './query.ts'
import type { Tier } from './tier.ts'

export type SearchSort = 'relevance' | 'newest' | 'oldest'

/** What a search is asked besides its words. Times are ms since the epoch. */
export interface SearchOptions extends QueryOptions {
  /** Only sessions of this project. */
  readonly project?: ProjectScope
  /** Only sessions that were updated at or after, and before. */
  readonly since?: number
  readonly until?: number
  readonly archived?: 'only' | 'no'
  /** The project that the person stands in: its sessions come first. */
  readonly here?: ProjectScope
  /** Only what this tier gives; default: one after another, while those before have not given `limit` results. */
  readonly tier?: Tier
  /** Sessions that are left out, unless the query names one. */
  readonly except?: ReadonlySet<SessionID>
  /** Default `relevance`. */
  readonly sort?: SearchSort
  /** At most so many results; default all. */
  readonly limit?: number
  /** How many messages around a hit come with it. */
  readonly context?: number
  /** The folder that indexes are kept in; without it every session is read. */
  readonly indexes?: string
  /** Told how far an index or a reading is. */
  readonly progress?: (activity: 'indexing' | 'reading', progress: Progress) => void
  /** Told why a store is read without an index. */
  readonly unindexed?: (path: string, error: unknown) => void
  /** Told of a store whose index should be compared with all of its rows, or packed, when nobody waits for an answer. */
  readonly checkDue?: (store: Store) => void
  /** The time that recency is counted from; default now. */
  readonly now?: number
  readonly signal?: AbortSignal
}
