import type { SessionID } from '../../opencode/ids.ts'

/**
 * What can be done about a finding, as data: `relink` a directory that moved (`to` is null where the new place is not known),
 * `compact` a database, `forget` what was kept of it then, `clean` the snapshots of a data directory, or let git `collect` what
 * is old in them, look for the `deleted` sessions of a database, `rescue` the sessions that nobody shows (`root` is null for
 * those of the machine's own stores), `look` at a database page by page.
 */
export type Cure =
  | { readonly do: 'relink'; readonly from: string; readonly to: string | null }
  | { readonly do: 'compact'; readonly database: string }
  | { readonly do: 'clean'; readonly data: string }
  | { readonly do: 'collect'; readonly data: string }
  | { readonly do: 'deleted'; readonly path: string }
  | { readonly do: 'forget'; readonly database: string }
  | { readonly do: 'rescue'; readonly root: string | null }
  | { readonly do: 'look'; readonly path: string }

/** What kind of trouble a finding is. */
export type FindingKind =
  | 'damage'
  | 'foreign-keys'
  | 'unreadable'
  | 'moved-directory'
  | 'missing-workspace'
  | 'stranded'
  | 'orphaned'
  | 'two-channels'
  | 'stray-database'
  | 'kept-database'
  | 'not-writable'
  | 'open-secret'
  | 'stale-shm'
  | 'event-log'
  | 'free-pages'
  | 'large-log'
  | 'snapshot-leftovers'
  | 'snapshot-of-nothing'
  | 'old-snapshots'
  | 'tool-output'
  | 'logs'
  | 'cache'

/** Something that is not as it should be, or that costs more than it must. */
export interface Finding {
  readonly kind: FindingKind
  /** The file or folder that it is about. */
  readonly path: string
  /** What is the matter, as a sentence for a person without a full stop. */
  readonly says: string
  /** What it takes on the disk, where it takes something. */
  readonly bytes: number | null
  /** What curing it would give back. */
  readonly gain: number | null
  /** Whether the two were estimated from samples. */
  readonly isEstimate: boolean
  /** The sessions that it is about; empty for those that are about none. */
  readonly sessions: readonly SessionID[]
  readonly cure: Cure | null
}

/** A finding that takes no room, unless it is said to. */
export function finding(
  kind: FindingKind,
  path: string,
  says: string,
  more: Partial<Omit<Finding, 'kind' | 'path' | 'says'>> = {},
): Finding {
  return { kind, path, says, bytes: null, gain: null, isEstimate: false, sessions: [], cure: null, ...more }
}
