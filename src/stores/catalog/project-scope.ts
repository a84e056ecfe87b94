import { basename, dirname } from 'node:path'
import { directoryKey, insideAny, isInside } from '../../opencode/directories.ts'
import { locateProject, rootCommitsAmong } from '../../opencode/project.ts'
import { RealDirectories } from '../../opencode/real-directories.ts'
import type { ProjectRecord, ProjectScope } from '../store.ts'
import type { FoundStore } from './discover.ts'

/**
 * Which sessions belong to a directory: those of every project id that any release gives its repository, and those started in its
 * work tree under whatever id: releases changed the rule four times, and left sessions behind each time. Outside of git all
 * directories share the project `global`, so there the directory alone decides. One directory has many names: sessions that
 * stand under another one are compared by the real path too.
 */
export function projectScope(stores: readonly FoundStore[], directory: string): ProjectScope {
  const location = locateProject(directory)
  // A linked work tree has its sessions under the project's id; those with an older id were started in the main one.
  const main = location.gitDir !== undefined && basename(location.gitDir) === '.git' ? [dirname(location.gitDir)] : []
  const directories =
    location.gitDir === undefined ? location.directories : [...new Set([location.worktree, ...main, ...worktreesAbove(location)])]
  const ids = new Set(location.ids)
  const records = stores.flatMap(({ store }) => [...store.projects()]).filter((project) => project.id !== 'global')
  const links = new RealDirectories()
  const realDirectory = (at: string) => links.of(at)
  const own = directoryKey(location.worktree)
  for (const project of records) {
    if (directoriesOf(project).some((at) => directoryKey(at) === own || directoryKey(realDirectory(at)) === own))
      ids.add(project.id)
  }
  if (location.gitDir !== undefined) {
    const unexplained = new Set(records.map((project) => project.id).filter((id) => !ids.has(id)))
    for (const id of rootCommitsAmong(location.gitDir, unexplained)) ids.add(id)
  }
  const inOwn = insideAny([own])
  const below = records.filter(
    ({ id, worktree }) => !ids.has(id) && worktree !== null && (inOwn(worktree) || inOwn(realDirectory(worktree))),
  )
  return { ids, directories, realDirectory, except: new Set(below.map((project) => project.id)) }
}

/**
 * The directory asked about may be reached through a link, under whose name sessions may stand: its part of the work tree counts
 * too.
 */
function worktreesAbove(location: { directories: readonly string[]; worktree: string }): string[] {
  return location.directories.filter((directory) => !isInside(location.worktree, directory))
}

const directoriesOf = (project: ProjectRecord) => [
  ...(project.worktree === null ? [] : [project.worktree]),
  ...project.directories,
]
