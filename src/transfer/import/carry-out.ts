import { OcvaultError } from '../../base/errors.ts'
import { sqliteCode } from '../../sqlite/errors.ts'
import { type StoreWriter, type UndoNotes, type Verdict, verdictOf, type WriteResult } from '../write/writer.ts'
import { copyOfTree } from './copy.ts'
import type { PlannedSession, TreePlan } from './plan.ts'

export interface CarryOutOptions {
  /** Replaces what is there and differs. */
  readonly update: boolean
  /** Writes a tree that cannot be joined with what is there once more, under fresh ids. */
  readonly asCopy: boolean
  /** Changes nothing, and says what would be done. */
  readonly dryRun: boolean
  readonly undo: UndoNotes
}

/** What became of a tree. */
export interface TreeOutcome {
  /** As they were written, or refused. */
  readonly sessions: readonly PlannedSession[]
  readonly plans: WriteResult['plans']
  readonly verdict: Verdict
  readonly isCopy: boolean
}

/**
 * Writes a tree as it was planned: whole, read back and noted for undoing, or not at all.
 * @throws OcvaultError as {@link StoreWriter.write} does
 */
export function carryOut({ sessions }: TreePlan, writer: StoreWriter, options: CarryOutOptions): TreeOutcome {
  const written = write(sessions, writer, options)
  if (written.verdict !== 'refuse' || !options.asCopy) return written
  const copies = copyOfTree(
    sessions.map(({ outgoing }) => outgoing),
    writer.generation,
  )
  const copied = sessions.map(({ node }, index) => ({ node, outgoing: copies[index]! }))
  return { ...write(copied, writer, options), isCopy: true }
}

function write(sessions: readonly PlannedSession[], writer: StoreWriter, options: CarryOutOptions): TreeOutcome {
  const { update, dryRun, undo } = options
  const attempt = (tree: readonly PlannedSession[]): TreeOutcome => {
    const outgoing = tree.map((each) => each.outgoing)
    const plans = dryRun ? writer.plan(outgoing) : writer.write(outgoing, { update, undo }).plans
    return { sessions: tree, plans, verdict: verdictOf(plans, update), isCopy: false }
  }
  try {
    return attempt(sessions)
  } catch (error) {
    // Rows as they were stored may be none that a sound database holds, as a part without its message: what they say is written
    // instead.
    if (codeOf(error) !== notTaken || !sessions.some(({ outgoing }) => outgoing.raw)) throw error
    return attempt(sessions.map(({ node, outgoing: { raw, ...converted } }) => ({ node, outgoing: converted })))
  }
}

/** SQLite's code for a row that a schema does not take. */
const notTaken = 19

const codeOf = (error: unknown) => sqliteCode(error) ?? (error instanceof Error ? sqliteCode(error.cause) : undefined)

/**
 * Whether an error is of the store that is written, so that it makes no sense to go on; a row that it does not take is the
 * session's fault.
 */
export function isOfTarget(error: unknown): boolean {
  const code = codeOf(error)
  return (code !== undefined && code !== notTaken) || (error instanceof OcvaultError && isOfSystem(error.cause))
}

/** The disk that the notes for undoing are on. */
const isOfSystem = (cause: unknown) => cause instanceof Error && 'syscall' in cause
