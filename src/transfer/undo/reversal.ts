import type { SessionID } from '../../opencode/ids.ts'

/** What it takes to get a store back to where it was before a change. Nothing is done before it is run. */
export interface Reversal {
  /** Sessions that the change made, and that are there. */
  readonly made: readonly SessionID[]
  /** Sessions that the change went on with, or replaced. */
  readonly changed: readonly SessionID[]
  /** Sessions of either kind in which something came since, which would be lost. */
  readonly changedSince: ReadonlySet<SessionID>
  run(): void
}
