import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { isInside } from '../../opencode/directories.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import { locationOf, type SessionLocation } from '../../transfer/import/location.ts'
import { pathMap } from '../../transfer/import/path-map.ts'
import type { Project } from '../../transfer/write/writer.ts'
import type { NewPlace, ProjectPlace, Relocation, SessionPlace } from '../relocate/relocation.ts'

/** A directory that moved: how the stores may spell the old one, and where it is now. */
export interface Moved {
  readonly from: readonly string[]
  readonly to: string
}

/** What OpenCode makes of a directory, asked once for each. */
type Locate = (directory: string) => SessionLocation

function locator(generation: Generation, asksRemote: boolean): Locate {
  const known = new Map<string, SessionLocation>()
  return (directory) => {
    const location = known.get(directory) ?? locationOf(directory, generation, asksRemote)
    known.set(directory, location)
    return location
  }
}

const directoryID = (directory: string) => createHash('sha1').update(`directory:${directory}`).digest('hex')

/**
 * A relocation of everything in a directory that moved. A project keeps its id, unless OpenCode gives it another one in the new
 * place; where the new place is not on this machine, ids stay.
 * @param generation whose records are relocated
 * @param asksRemote whether the release is 1.15 or later
 */
export function relocationTo({ from, to }: Moved, generation: Generation, asksRemote: boolean): Relocation {
  const map = pathMap(from.map((old) => [old, to]))
  // What is in the new place already was there before, or came there by a relink that was made before.
  const directory = (path: string) => (isInside(to, path) && from.some((old) => isInside(old, to)) ? path : map(path))
  const locate = locator(generation, asksRemote)
  const isHere = existsSync(to)

  const project = (place: ProjectPlace): Project | undefined => {
    const worktree = directory(place.worktree)
    if (place.id === 'global' || worktree === place.worktree) return undefined
    return { id: isHere ? newID(place, worktree, locate) : place.id, worktree, vcs: 'git' }
  }

  const session = (place: SessionPlace, own: Project | undefined): NewPlace | undefined => {
    const now = directory(place.directory)
    if (now === place.directory) return undefined
    const isStill = own !== undefined && own.id !== 'global' && isInside(own.worktree, now)
    if (!isHere || isStill) {
      return { project: own ?? { id: place.projectID, worktree: '/', vcs: null }, directory: now, path: place.path }
    }
    const { project: found, path } = locate(now)
    return { project: found, directory: now, path: place.path === null ? null : path }
  }
  return { session, project, directory }
}

/** The id that OpenCode gives the project of a work tree in its new place. */
function newID({ id, worktree }: ProjectPlace, now: string, locate: Locate): string {
  // 2.x names what is outside of git after its directory.
  if (id === directoryID(worktree) && locate(now).project.vcs === null) return directoryID(now)
  return locate(now).project.id
}
