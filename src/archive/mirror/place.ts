import type { SessionDocument } from '../format/document.ts'
import { type Claim, filesOf } from './claim.ts'
import { compareDocuments } from './compare.ts'

/** A version of a session: its bytes, and what they say, which is read only where it is asked for. */
interface Version {
  readonly sha256: string
  readonly bytes: number
  /** Undefined where it is no session, or too large to be taken to pieces. */
  document(): SessionDocument | undefined
}

/** What a store says now. */
export interface NextVersion extends Version {
  /** ms since the epoch */
  readonly updated: number
  /** The session's own record is gone: title and directory are made up, and take nobody's place. */
  readonly isRemains: boolean
}

/** What a file of the mirror holds. */
export interface StandingVersion extends Version {
  readonly entry: string
  /** When its session was last updated, in ms since the epoch. */
  updated(document: SessionDocument): number
}

/** What is known of a session and its file. */
export interface Known {
  /** What this machine says of the session. */
  readonly own: Claim | undefined
  /** What other machines say of it. */
  readonly others: readonly Claim[]
  /** Sources of this machine whose present versions are being put: what they said before may go. */
  readonly rewritten: ReadonlySet<number>
  /** A backup that was killed while it pruned has not come to remove the file. */
  readonly isAbandoned: boolean
}

/**
 * What becomes of a version and of the file that it is meant for: it `replace`s what stands there; what stands there goes
 * `aside`, into a copy, before it is replaced; it is `covered` by what stands there, so that nothing is written; or it becomes a
 * `copy` itself.
 */
export type Placing = 'replace' | 'aside' | 'covered' | 'copy'

/**
 * Below this size, in bytes, a file that is no session is damaged, or not complete; above it may be one that cannot be taken to
 * pieces.
 */
const largestDamageBytes = 2 ** 29

/**
 * The rule by which nothing is lost in a mirror: what stands in a file goes only when the next version holds all of it, or when
 * it is what the same store of the same machine said before and nobody else relies on it. Pure: it looks at nothing but what it
 * is told.
 */
export function placeOf(next: NextVersion, standing: StandingVersion | undefined, known: Known): Placing {
  const { own, others, rewritten, isAbandoned } = known
  if (!standing || standing.sha256 === next.sha256 || isAbandoned) return 'replace'
  const names = (claim: Claim) =>
    filesOf(claim).find(({ entry, sha256 }) => entry === standing.entry && sha256 === standing.sha256)
  const reliant = others.filter(names)
  const mine = own && names(own)
  if (reliant.length === 0 && mine?.isOwn && rewritten.has(mine.source)) return 'replace'
  const there = standing.document()
  if (!there && reliant.length === 0 && standing.bytes < largestDamageBytes) return 'replace'
  const document = next.document()
  const comparison = document && there ? compareDocuments(document, there) : 'diverged'
  if (comparison === 'ahead' && !next.isRemains) return 'replace'
  if (comparison === 'behind' || (comparison === 'same' && next.isRemains)) return 'covered'
  if (comparison === 'same') {
    const before = standing.updated(there!)
    const isNewer = next.updated > before || (next.updated === before && next.sha256 > standing.sha256)
    return isNewer ? 'replace' : 'covered'
  }
  // Where somebody goes on with what stands there, it stays. Else restoring would bring back an old version.
  return reliant.some(({ deleted }) => deleted === null) ? 'copy' : 'aside'
}
