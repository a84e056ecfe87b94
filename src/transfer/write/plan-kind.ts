import type { PlanKind, SessionPlan, StoredLocation } from './writer.ts'

/** A session that is to be written, beside the one of the same id that is there. */
export interface Comparison {
  readonly isThere: boolean
  /** Whether something of it belongs to another session there, or cannot be joined with what is there. */
  readonly isForeign: boolean
  readonly messages: Pick<SessionPlan['messages'], 'added' | 'changed' | 'missing'>
  /** Whether the session itself, without its messages, differs. */
  readonly headDiffers: boolean
  /** Whether it goes elsewhere. */
  readonly moves: boolean
  /** By how much it was updated later than the one that is there, in ms; negative when that is newer. */
  readonly newerByMs: number
}

interface Decision {
  readonly kind: PlanKind
  readonly head: boolean
}

/**
 * What writing means, and whether the session itself is written with its messages: a newer title is never replaced by an older
 * one.
 */
export function planKind({ moves, ...comparison }: Comparison): Decision {
  const { kind, head } = kindInPlace(comparison)
  const isChange = kind === 'new' || kind === 'diverged' || !moves
  return isChange ? { kind, head } : { kind: 'replaces', head }
}

function kindInPlace({ isThere, isForeign, messages, headDiffers, newerByMs }: Omit<Comparison, 'moves'>): Decision {
  const { added, changed, missing } = messages
  const isOlder = newerByMs < 0
  if (isForeign) return { kind: 'diverged', head: false }
  if (!isThere) return { kind: 'new', head: true }
  if (missing > 0) return { kind: added + changed > 0 ? 'diverged' : 'behind', head: false }
  if (changed > 0) return { kind: 'replaces', head: !isOlder }
  if (added > 0) return { kind: 'adds', head: !isOlder }
  if (!headDiffers) return { kind: 'identical', head: false }
  return isOlder ? { kind: 'behind', head: false } : { kind: 'replaces', head: true }
}

/** Where a session is and where it goes, in words. */
export const placeDifference = (there: StoredLocation, move: StoredLocation): string =>
  there.directory === move.directory
    ? `its project, here ${there.projectID} and there ${move.projectID}`
    : `its directory, here ${there.directory} and there ${move.directory}`

/** How many differences a plan names. */
export const namedDifferences = 5

/**
 * A few of many differences, in words. @param isOlder whether what is to be written is older than what is there, and would
 * replace it
 */
export function fewOf(differences: readonly string[], isOlder: boolean): string[] {
  const few = differences.length > namedDifferences ? [...differences.slice(0, namedDifferences), 'and more'] : differences
  return [...(isOlder ? ['what is here is newer'] : []), ...few]
}
