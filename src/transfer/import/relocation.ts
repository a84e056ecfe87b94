import { directoryKey, isInside } from '../../opencode/directories.ts'
import type { SessionPlan, StoredLocation } from '../write/writer.ts'
import type { SessionLocation } from './location.ts'
import type { PathMap } from './path-map.ts'

/**
 * Whether sessions that are in the store already go where the others go: `into-projects`, when that is a project, because a
 * directory outside of all may be where somebody just happens to stand; `always`, when the directory was named.
 */
export type Relocate = 'never' | 'into-projects' | 'always'

export interface RelocationOptions {
  /** Where all sessions go; undefined leaves each where it was. */
  readonly location: SessionLocation | undefined
  /** Undefined where no directory was moved. */
  readonly map: PathMap | undefined
  /** Whether what is there is replaced. */
  readonly update: boolean
  readonly relocate: Relocate
}

/** Where a session goes that is there already; undefined leaves it where it is. */
export type Relocation = (there: StoredLocation) => StoredLocation | undefined

/** What becomes of the place of sessions that are there already: directories that were moved are new ones for them, too. */
export function relocationOf({ location, map, update, relocate }: RelocationOptions): Relocation {
  const takesHere = update && (relocate === 'always' || (relocate === 'into-projects' && location?.project.id !== 'global'))
  return (there) => {
    if (location && takesHere && isElsewhere(there, location)) {
      return { projectID: location.project.id, directory: location.directory, path: location.path }
    }
    const directory = map?.(there.directory) ?? there.directory
    return directory === there.directory ? undefined : { ...there, directory }
  }
}

/**
 * Whether a session is at another place than where sessions go: neither in that directory, nor in that project, by whatever id a
 * release gave it.
 */
function isElsewhere(there: StoredLocation, { project, directory }: SessionLocation): boolean {
  if (directoryKey(there.directory) === directoryKey(directory)) return false
  if (project.id === 'global') return true
  return there.projectID !== project.id && !isInside(project.worktree, there.directory)
}

/** What is to be said of sessions that were asked to go somewhere, and stay where they are. */
export function stayingNote(plans: readonly SessionPlan[], location: SessionLocation): string[] {
  const staying = plans.filter(({ there, moves, kind }) => there && !moves && kind !== 'diverged' && isElsewhere(there, location))
  const [first] = staying
  if (!first?.there) return []
  const others = staying.length > 1 ? `, and ${staying.length - 1} more like it` : ''
  return [`session ${first.id} is here already, and stays in ${first.there.directory}${others}`]
}
