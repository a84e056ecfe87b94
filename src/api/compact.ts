import { OcvaultError } from '../base/errors.ts'
import { parseTime } from '../base/time.ts'
import { type CompactReport, compact, forgetKept } from '../mend/compact/compact.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import { findTarget } from '../transfer/write/target.ts'
import type { Request } from './requests.ts'

/** The database that is meant: the machine's own, or that of a root. @throws OcvaultError `not-found`, or `usage` for a tree */
function databaseOf(root: string | undefined): string {
  const { path, layout } = findTarget(root)
  if (layout === 'sqlite') return path
  throw new OcvaultError('usage', `${path} is a tree of files: only databases are compacted`)
}

/**
 * Gives back what a database takes for nothing, or says how much that is.
 * @throws OcvaultError as {@link compact} does
 */
export function compactDatabase(
  { root, events = 'all', dryRun = false }: Request<'compact'>,
  onStep?: (what: string) => void,
): CompactReport {
  const eventsBefore = events === 'none' ? null : events === 'all' ? Number.MAX_SAFE_INTEGER : parseTime(events)
  return compact(databaseOf(root), { eventsBefore, dryRun, undo: undoFolder(), ...(onStep && { onStep }) })
}

/** Removes what compacting has kept. @returns the files, and what they took */
export const forgetCompacted = (root: string | undefined) => forgetKept(databaseOf(root), undoFolder())
