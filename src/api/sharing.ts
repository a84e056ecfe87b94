import type { Keys } from '../archive/encrypt.ts'
import { LocalSessions, type Redact } from '../share/local-sessions.ts'
import { RefShelf } from '../share/ref-shelf.ts'
import { worktreeOf } from '../share/repository.ts'
import type { Shelf } from '../share/shelf.ts'
import { WorkTreeShelf } from '../share/work-tree.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { openStores } from './stores.ts'

/** A repository, its saved sessions, and those of this machine. */
export interface Sharing {
  readonly worktree: string
  readonly shelf: Shelf
  /** To be closed by whoever asked for it. */
  readonly catalog: Catalog
  readonly local: LocalSessions
}

export interface SharingPlace {
  /** In a repository. */
  readonly directory: string
  /** The saved sessions of refs/ocvault/sessions instead of those of the work tree. */
  readonly ref: boolean
  /** Stores instead of the machine's own. */
  readonly roots?: readonly string[] | undefined
  /** What opens an encrypted archive among them. */
  readonly keys?: Keys
}

/** @throws OcvaultError `refused` when the directory is in no repository */
export async function openSharing(
  { directory, ref, roots, keys }: SharingPlace,
  redactFor: (worktree: string) => Redact,
): Promise<Sharing> {
  const worktree = worktreeOf(directory)
  const shelf = ref ? new RefShelf(worktree) : new WorkTreeShelf(worktree)
  const catalog = await openStores({ ...(roots && { roots }), ...(keys && { keys }) })
  return { worktree, shelf, catalog, local: new LocalSessions(catalog, worktree, redactFor(worktree)) }
}
