import type { Keys } from '../archive/encrypt.ts'
import { isArchive } from '../archive/read/recognise.ts'
import { OcvaultError } from '../base/errors.ts'
import type { Problem } from '../base/problems.ts'
import { bringBack, withSubagents } from '../mend/undelete/bring-back.ts'
import { type Deleted, type DeletedSession, findDeleted } from '../mend/undelete/find-deleted.ts'
import { type KnownProjects, knownProjects } from '../mend/undelete/known-projects.ts'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import type { ImportReport } from '../transfer/import/report.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import { findTarget, type Target } from '../transfer/write/target.ts'
import { openStores } from './stores.ts'

export interface UndeleteLooking {
  /** A data directory, a home or a database instead of the machine's own. */
  readonly root?: string | undefined
  /** Archives to look in. */
  readonly archives?: readonly string[] | undefined
  /** Further archives, which need not be there. */
  readonly remembered?: readonly string[] | undefined
  /** What opens encrypted ones. */
  readonly keys?: Keys | undefined
  /** Where the notes for undoing are. Default: where they are made. */
  readonly undo?: string | undefined
  /** Whether the pages of the database are looked through. Default true. */
  readonly pages?: boolean | undefined
  readonly onProgress?: (done: number, pages: number) => void
}

/** What was found, until it is closed. */
export interface Undelete extends Deleted {
  readonly target: Target
  /** What could not be looked at. */
  readonly problems: readonly Problem[]
  /** Those that a person means by an id, its beginning, or words of the title. */
  named(name: string): DeletedSession[]
  /**
   * Writes sessions, and their subagents, into the database again.
   * @throws OcvaultError as an import does
   */
  bringBack(sessions: readonly DeletedSession[], options: { dryRun: boolean; undo?: string }): Promise<ImportReport>
}

/**
 * Of roots that are shown together, the one that sessions come back into, and those that are only looked in: the first that is
 * no archive is OpenCode's.
 * @throws OcvaultError `not-found` where all are archives
 */
export function undeletePlaces(roots: readonly string[]): Pick<UndeleteLooking, 'root' | 'archives'> {
  if (roots.length === 0) return {}
  const root = roots.find((each) => !isArchive(each))
  if (root === undefined) throw new OcvaultError('not-found', 'an archive has no database that sessions could come back into')
  return { root, archives: roots.filter((each) => each !== root) }
}

/**
 * Finds the sessions that OpenCode does not have any more, and can have back.
 * @throws OcvaultError `not-found` without a database to bring them back into, and what opening archives throws
 */
export async function undelete(options: UndeleteLooking = {}): Promise<Undelete> {
  const { root, archives = [], remembered = [], keys, pages = true, undo = undoFolder(), onProgress } = options
  const target = findTarget(root)
  const places = new Set([...(root === undefined ? storesHere() : [root]), target.path])
  const catalog = await openStores({ roots: [...places, ...archives], archives: remembered, ...(keys && { keys }) })
  try {
    const looking = {
      database: target.path,
      catalog,
      pages,
      notes: undo,
      ...(onProgress && { onProgress }),
    }
    return found(findDeleted(looking), catalog, target)
  } catch (error) {
    catalog.close()
    throw error
  }
}

/** Where this machine's stores are, the database that OPENCODE_DB names among them. */
function storesHere(): string[] {
  const catalog = openCatalog()
  catalog.close()
  return catalog.stores.map(({ store }) => store.path)
}

function found(deleted: Deleted, catalog: Catalog, target: Target): Undelete {
  const { sessions } = deleted
  let projects: KnownProjects | undefined
  return {
    sessions,
    target,
    problems: catalog.problems(),
    named(name) {
      const byID = sessions.filter(({ session: { id } }) => id.startsWith(name) || id.startsWith(`ses_${name}`))
      if (byID.length > 0) return byID
      const words = name.toLowerCase()
      return sessions.filter(({ session }) => session.parentID === null && session.title?.toLowerCase().includes(words))
    },
    bringBack(chosen, options) {
      const all = withSubagents(
        deleted,
        chosen.map(({ session }) => session.id),
      )
      if (!projects) {
        const own = catalog.stores.map(({ store }) => store).filter(({ path }) => path === target.path)
        const ids = sessions.flatMap(({ session }) => session.projectID ?? [])
        projects = knownProjects(own, ids)
        for (const store of own) store.close()
      }
      return bringBack(all, target, projects, options)
    },
    close() {
      deleted.close()
      catalog.close()
    },
  }
}
