import { type UnarchiveReport, unarchive } from '../mend/unarchive.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import { findTarget } from '../transfer/write/target.ts'

interface Unarchiving {
  /** An id, or the beginning of one. */
  readonly session: string
  /** A data directory, a home or a database instead of the machine's own. */
  readonly root?: string | undefined
  readonly dryRun?: boolean | undefined
  /** Where notes for undoing go. */
  readonly undo?: string
}

/**
 * Takes the archive mark off a session and all below it, in the database that OpenCode uses.
 * @throws OcvaultError `not-found` without the session or a database, and what {@link unarchive} throws
 */
export function unarchiveSession({ session, root, dryRun = false, undo = undoFolder() }: Unarchiving): UnarchiveReport {
  const target = findTarget(root)
  const catalog = openCatalog({ roots: [target.path] })
  let tree: { id: string; title: string | null }[]
  try {
    const named = catalog.session(catalog.resolve(session))
    tree = named ? Array.from(catalog.tree(named), ([each]) => each) : []
  } finally {
    // A process cannot write a database that it holds open read-only.
    catalog.close()
  }
  return unarchive(target, tree, { undo, dryRun })
}
