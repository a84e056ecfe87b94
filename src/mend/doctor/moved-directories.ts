import { existsSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { directoryHere, directoryKey, isInside, isWindowsPath } from '../../opencode/directories.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { locateProject, rootCommitsAmong } from '../../opencode/project.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import { entriesOf } from './folder-size.ts'

/** A directory that sessions were started in, or below which they were, and that is not there any more. */
export interface MissingDirectory {
  readonly path: string
  readonly sessions: readonly SessionID[]
  /** Where it is now, if that is known or likely. */
  readonly now: string | null
  /** Whether it can have been on this machine: a folder above it is there, and not only one that every machine has. */
  readonly isOfHere: boolean
}

/** Where a project is that has lost a directory: other places that the stores know of it. */
type PlacesOf = (projectID: string) => readonly string[]

/** Every directory of sessions that is gone, by the highest folder of its path that is; the one with the most sessions first. */
export function missingDirectories(catalog: Catalog): MissingDirectory[] {
  const gone = new Map<string, { sessions: SessionID[]; projects: Set<string> }>()
  const tops = new Map<string, string | null>()
  for (const { id, directory, projectID } of catalog.sessions()) {
    if (directory === null) continue
    let top = tops.get(directory)
    if (top === undefined) {
      top = highestMissing(directory)
      tops.set(directory, top)
    }
    if (top === null) continue
    const known = gone.get(top) ?? { sessions: [], projects: new Set<string>() }
    known.sessions.push(id)
    if (projectID !== null) known.projects.add(projectID)
    gone.set(top, known)
  }
  const records = catalog.stores.flatMap(({ store }) => [...store.projects()])
  const placesOf: PlacesOf = (projectID) =>
    records.filter(({ id }) => id === projectID).flatMap(({ worktree, directories }) => [worktree ?? [], directories].flat())
  return [...gone]
    .map(([path, { sessions, projects }]) => ({
      path,
      sessions,
      now: newPlaceOf(path, [...projects], placesOf),
      isOfHere: isBelowTopFolder(path),
    }))
    .sort((a, b) => b.sessions.length - a.sessions.length)
}

/** The highest folder on the way to a directory that is not there; null for one that is, or that no machine like this has. */
function highestMissing(directory: string): string | null {
  const here = directoryHere(directory, existsSync)
  if (!isAbsolute(here) || (process.platform !== 'win32' && isWindowsPath(here)) || existsSync(here)) return null
  for (let at = here; ; at = dirname(at)) {
    if (dirname(at) === at) return null
    if (existsSync(dirname(at))) return at
  }
}

/** Whether the folder that a path is in is none of the first ones, as `/home` is, or `C:\Users`. */
const isBelowTopFolder = (path: string) => dirname(dirname(dirname(path))) !== dirname(dirname(path))

/** How many folders are looked at beside one that is gone. */
const mostNeighbours = 2000

/**
 * The place of a project that a store knows of beside the one that is gone; else a repository nearby that has one of its ids;
 * else the one folder nearby of the same name.
 */
function newPlaceOf(gone: string, projects: readonly string[], placesOf: PlacesOf): string | null {
  const named = projects.filter((id) => id !== 'global')
  const known = named.flatMap(placesOf).filter((path) => isAbsolute(path) && path !== '/' && existsSync(path))
  const other = known.find((path) => !isInside(gone, path) && !isInside(path, gone))
  if (other !== undefined) return other
  if (!isBelowTopFolder(gone)) return null
  // A folder that it was in is not where it went.
  const near = neighboursOf(gone).filter((path) => !isInside(path, gone))
  const byID = near.filter((path) => existsSync(join(path, '.git'))).find((path) => hasOneOf(path, named))
  if (byID !== undefined) return byID
  const sameName = near.filter((path) => basename(path) === basename(gone))
  return sameName.length === 1 ? sameName[0]! : null
}

function hasOneOf(repository: string, projects: readonly string[]): boolean {
  const { ids, gitDir } = locateProject(repository)
  if (ids.some((id) => projects.includes(id))) return true
  return gitDir !== undefined && rootCommitsAmong(gitDir, projects).length > 0
}

/** Folders beside one that is gone, in them, and beside the one that it was in. */
function neighboursOf(gone: string): string[] {
  const above = dirname(gone)
  const from = [above, ...(dirname(above) === above ? [] : [dirname(above)])]
  const found = new Map<string, string>()
  for (const folder of [...from, ...foldersIn(above), ...foldersIn(dirname(above))]) {
    for (const path of foldersIn(folder)) {
      if (found.size >= mostNeighbours) return [...found.values()]
      found.set(directoryKey(path), path)
    }
  }
  return [...found.values()]
}

const foldersIn = (folder: string) =>
  entriesOf(folder)
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git')
    .map(({ name }) => join(folder, name))
