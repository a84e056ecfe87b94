import { basename, dirname } from 'node:path'
import { isInside, normalizeDirectory } from '../../opencode/directories.ts'
import { locateProject, rootCommitsAmong } from '../../opencode/project.ts'
import type { ProjectRecord, ProjectScope } from '../store.ts'
import type { FoundStore } from './discover.ts'

/**
 * Which sessions belong to a directory: those of every project id that any release gives its repository, and those started in its
 * work tree under whatever id: releases changed the rule four times, and left sessions behind each time. Outside of git all
 * directories share the project `global`, so there the directory alone decides.
 */
export function projectScope(stores: readonly FoundStore[], directory: string): ProjectScope {
  const location = locateProject(directory)
  // A linked work tree has its sessions under the project's id; those with an older id were started in the main one.
  const main = location.gitDir !== undefined && basename(location.gitDir) === '.git' ? [dirname(location.gitDir)] : []
  const directories =
    location.gitDir === undefined ? location.directories : [...new Set([location.worktree, ...main, ...worktreesAbove(location)])]
  const ids = new Set(location.ids)
  const records = stores.flatMap(({ store }) => [...store.projects()]).filter((project) => project.id !== 'global')
  const own = normalizeDirectory(location.worktree)
  for (const project of records) {
    if (directoriesOf(project).some((at) => normalizeDirectory(at) === own)) ids.add(project.id)
  }
  if (location.gitDir !== undefined) {
    const unexplained = new Set(records.map((project) => project.id).filter((id) => !ids.has(id)))
    for (const id of rootCommitsAmong(location.gitDir, unexplained)) ids.add(id)
  }
  const below = records.filter((project) => !ids.has(project.id) && project.worktree !== null && isInside(own, project.worktree))
  return { ids, directories, except: new Set(below.map((project) => project.id)) }
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
