import { safeLine } from '../render/safe-text.ts'
import { worktreeOf } from '../share/git.ts'
import { LocalSessions, type Redact } from '../share/local-sessions.ts'
import { RefShelf } from '../share/ref-shelf.ts'
import type { Shelf } from '../share/shelf.ts'
import { WorkTreeShelf } from '../share/work-tree.ts'
import { type Catalog, openCatalog } from '../stores/catalog.ts'
import { OcvaultError } from '../stores/errors.ts'
import type { CommonFlags } from './flags.ts'
import { reportProblems } from './terminal.ts'

/** What the commands that share sessions have in common: the repository, its saved sessions, and those of this machine. */
export interface Sharing {
  readonly worktree: string
  readonly shelf: Shelf
  readonly catalog: Catalog
  readonly local: LocalSessions
}

export interface SharingFlags extends CommonFlags {
  readonly ref?: boolean
}

export async function withSharing<T>(
  roots: readonly string[] | undefined,
  redactFor: (worktree: string) => Redact,
  inRef: boolean,
  command: (sharing: Sharing) => Promise<T>,
): Promise<T> {
  const worktree = worktreeOf(currentDirectory())
  const shelf = inRef ? new RefShelf(worktree) : new WorkTreeShelf(worktree)
  const catalog = openCatalog(roots ? { roots } : {})
  try {
    return await command({ worktree, shelf, catalog, local: new LocalSessions(catalog, worktree, redactFor(worktree)) })
  } finally {
    reportProblems(catalog)
    catalog.close()
  }
}

export function currentDirectory(): string {
  try {
    return process.cwd()
  } catch (error) {
    throw new OcvaultError('failed', 'this directory is gone: run this in the repository', { cause: error })
  }
}

/** The one database that is written into. */
export function onlyRoot(roots: readonly string[]): string {
  if (roots.length === 1) return roots[0]!
  throw new OcvaultError('usage', 'sessions go into one database: give --root once')
}

/** A path for a line that a person copies into a shell. */
export function quoted(path: string): string {
  const shown = safeLine(path)
  return /^[\p{L}\p{N}\p{M}_./-]+$/u.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`
}
