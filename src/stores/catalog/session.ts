import type { SessionFilter, SessionHeader, StoreKind } from '../store.ts'
import type { Generation } from './discover.ts'

/** One of the places where a session stands. */
export interface Copy {
  readonly store: StoreKind
  readonly path: string
  readonly updated: number
  /** Which generations of OpenCode show this copy; none: it is stranded, or in a file. */
  readonly visible: readonly Generation[]
}

/** A session of the union over all stores: the header is that of its leading copy. */
export interface Session extends SessionHeader {
  /** How many subagents it started itself. */
  readonly subagents: number
  /** The leading copy first. */
  readonly copies: readonly Copy[]
}

export interface CatalogFilter extends SessionFilter {
  /** The name of an agent, in any case. */
  readonly agent?: string
  /** Part of `provider/model`, in any case. */
  readonly model?: string
}
