import { safeLine } from '../render/safe-text.ts'
import { LocalSessions, type Redact } from '../share/local-sessions.ts'
import { RefShelf } from '../share/ref-shelf.ts'
import { worktreeOf } from '../share/repository.ts'
import type { Shelf } from '../share/shelf.ts'
import { WorkTreeShelf } from '../share/work-tree.ts'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { currentDirectory } from './selection.ts'
import { reportProblems } from './terminal.ts'

/** What the commands that share sessions have in common: the repository, its saved sessions, and those of this machine. */
export interface Sharing {
  readonly worktree: string
  readonly shelf: Shelf
  readonly catalog: Catalog
  readonly local: LocalSessions
}

/** What to do when the directory is gone. */
export const inRepository = ': run this in the repository'

export async function withSharing<T>(
  roots: readonly string[] | undefined,
  redactFor: (worktree: string) => Redact,
  inRef: boolean,
  command: (sharing: Sharing) => Promise<T>,
): Promise<T> {
  const worktree = worktreeOf(currentDirectory(inRepository))
  const shelf = inRef ? new RefShelf(worktree) : new WorkTreeShelf(worktree)
  const catalog = openCatalog(roots ? { roots } : {})
  try {
    return await command({ worktree, shelf, catalog, local: new LocalSessions(catalog, worktree, redactFor(worktree)) })
  } finally {
    reportProblems(catalog)
    catalog.close()
  }
}

/** A path for a line that a person copies into a shell. */
export function quoted(path: string): string {
  const shown = safeLine(path)
  return /^[\p{L}\p{N}\p{M}_./-]+$/u.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`
}
