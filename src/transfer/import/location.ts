import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { askGit } from '../../base/git.ts'
import { readRegular } from '../../base/regular.ts'
import { normalizeDirectory } from '../../opencode/directories.ts'
import { locateProject, originOf, remoteProjectID } from '../../opencode/project.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import type { ProjectRecord } from '../../stores/store.ts'
import type { Project } from '../write/writer.ts'
import type { PathMap } from './path-map.ts'

/** Where a session is: what OpenCode notes of the directory that it was started in. */
export interface SessionLocation {
  readonly project: Project
  readonly directory: string
  /** From the work tree to the directory, with forward slashes. */
  readonly path: string
}

function readTrimmed(path: string): string | undefined {
  try {
    return readRegular(path).toString().trim() || undefined
  } catch {
    return undefined
  }
}

const gitPatienceMs = 20_000

/** The first root commit of HEAD in the order of letters; undefined without commits, or without git. */
function rootCommit(gitDir: string): string | undefined {
  const found = askGit(gitDir, ['rev-list', '--max-parents=0', 'HEAD'], { timeoutMs: gitPatienceMs })
  return found?.toString('latin1').trim().split('\n').sort()[0] || undefined
}

/**
 * What OpenCode makes of a directory when it is started there: 1.15 and later ask the remote `origin` first, then
 * `.git/opencode`, then the root commit; before, there was no asking the remote. Outside of git 1.x has one project `global`, 2.x
 * one for each directory.
 * @param asksRemote whether the release is 1.15 or later
 */
export function locationOf(directory: string, generation: Generation, asksRemote: boolean): SessionLocation {
  let real = resolve(directory)
  try {
    real = realpathSync(real)
  } catch {
    // A directory that is yet to be made is as good as its name.
  }
  const { gitDir, worktree } = locateProject(real)
  const within = (root: string) => relative(root, real).replaceAll('\\', '/')
  if (gitDir === undefined) {
    if (generation === 'v1') return { project: { id: 'global', worktree: '/', vcs: null }, directory: real, path: within('/') }
    const id = createHash('sha1').update(`directory:${real}`).digest('hex')
    return { project: { id, worktree: real, vcs: null }, directory: real, path: '' }
  }
  const origin = asksRemote ? originOf(readTrimmed(join(gitDir, 'config')) ?? '') : undefined
  const id = (origin && remoteProjectID(origin)) || readTrimmed(join(gitDir, 'opencode')) || rootCommit(gitDir)
  const main = basename(gitDir) === '.git' ? dirname(gitDir) : worktree
  if (id === undefined) return { project: { id: 'global', worktree: '/', vcs: null }, directory: real, path: within('/') }
  return { project: { id, worktree: main, vcs: 'git' }, directory: real, path: within(worktree) }
}

/** The project that a session says it belongs to; its work tree as its source knows it, else as its directory and path say. */
export function ownProject(
  info: { id: string; directory: string; path: string | null },
  record: ProjectRecord | undefined,
  map: PathMap,
): Project {
  if (info.id === 'global') return { id: 'global', worktree: '/', vcs: null }
  const directory = normalizeDirectory(info.directory)
  const inside = info.path ? `/${info.path}` : ''
  const root = inside !== '' && directory.endsWith(inside) ? directory.slice(0, -inside.length) : info.directory
  return { id: info.id, worktree: record?.worktree ? map(record.worktree) : root || '/', vcs: 'git' }
}
