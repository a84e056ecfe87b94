import type { Remains, SessionFilter, SessionHeader, SessionSort, StoreKind } from '../store.ts'
import type { Generation } from './discover.ts'

/** One of the places where a session stands. */
export interface Copy {
  readonly store: StoreKind
  readonly path: string
  readonly updated: number
  /** Which generations of OpenCode show this copy; none: it is stranded, or in a file. */
  readonly visible: readonly Generation[]
}

/** Why a session that names a parent is shown as a root: the parent is nowhere, or its parents go round in a circle. */
export type Detached = 'parent-gone' | 'circle'

/** A session of the union over all stores: the header is that of its leading copy. */
export interface Session extends SessionHeader {
  /** How many subagents it started itself. */
  readonly subagents: number
  /** Set on a session that is shown as a root although it names a parent. */
  readonly detached?: Detached
  /**
   * Set where the session's own record is gone in the leading copy: what it is read from. The header is made up as far as it
   * must be.
   */
  readonly remains?: Remains
  /** Set where no store has it any more: the archive beside them that it is read from. */
  readonly kept?: string
  /** The leading copy first. */
  readonly copies: readonly Copy[]
}

export interface CatalogFilter extends Omit<SessionFilter, 'sort'> {
  /** Default `updated`. Newest, dearest first; titles from A to Z. By `cost`, headers tell what their messages used. */
  readonly sort?: SessionSort
  /** The name of an agent, in any case. */
  readonly agent?: string
  /** Part of `provider/model`, in any case. */
  readonly model?: string
}
