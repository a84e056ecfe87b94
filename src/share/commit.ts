import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OcvaultError } from '../base/errors.ts'
import { complaintOf, git, tryGit } from '../base/git.ts'
import { readRegular } from '../base/regular.ts'
import { foreignFilters, signing } from './git-settings.ts'
import { blobEntry, type TreeEntry, treeWith } from './git-tree.ts'

/** What git leaves while it is in the middle of something, and what that is. */
const underWay: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
}

/**
 * Whether a commit could be made here that is not lost again, and that runs nothing of the repository's.
 * @param paths of files as they might be saved, from the root of the work tree
 * @throws OcvaultError `refused` on a detached HEAD, in the middle of a merge, and where a filter of the repository would see
 * the files; `failed` when git does not know who commits
 */
export function checkCommit(worktree: string, paths: readonly string[]): void {
  const names = Object.keys(underWay)
  const places = git(worktree, ['rev-parse', ...names.flatMap((name) => ['--git-path', name])])
    .toString()
    .split('\n')
  const at = names.findIndex((_name, index) => existsSync(resolve(worktree, places[index]!)))
  if (at >= 0) {
    throw new OcvaultError('refused', `${underWay[names[at]!]} is under way here: finish it first, or save and commit by hand`)
  }
  if (tryGit(worktree, ['symbolic-ref', '--quiet', 'HEAD']).code !== 0) {
    throw new OcvaultError('refused', 'HEAD is detached, and a commit would be on no branch: git switch -c NAME makes one')
  }
  if (tryGit(worktree, ['var', 'GIT_COMMITTER_IDENT']).code !== 0) {
    throw new OcvaultError(
      'failed',
      'git does not know who commits: git config user.name NAME and git config user.email ADDRESS tell it',
    )
  }
  checkFilters(worktree, paths)
}

/** @throws OcvaultError `refused` where git would run a program on the files that the repository's own settings name */
function checkFilters(worktree: string, paths: readonly string[]): void {
  const foreign = foreignFilters(worktree)
  if (foreign.size === 0) return
  const fields = git(worktree, ['check-attr', '-z', 'filter', '--', ...paths])
    .toString()
    .split('\0')
  const filter = fields.find((field, index) => index % 3 === 2 && foreign.has(field))
  if (filter === undefined) return
  throw new OcvaultError(
    'refused',
    `git would run filter.${filter} on the files, a program that the settings of this repository name, and ocvault runs none: save, and commit by hand`,
  )
}

export interface Commit {
  /** False when the files are committed already. */
  readonly isMade: boolean
  /** The person signs commits, and this one is not: the repository's own settings say how to sign. */
  readonly isUnsigned: boolean
}

/**
 * Commits just these files, whatever else is staged. No hook runs, and no program that the repository's own settings name:
 * neither a filter nor what signs.
 * @param paths from the root of the work tree
 * @throws OcvaultError `failed` with what git says, `refused` as {@link checkCommit}
 */
export function commitFiles(worktree: string, paths: readonly string[], message: string): Commit {
  checkFilters(worktree, paths)
  const head = tryGit(worktree, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])
  const parent = head.code === 0 ? head.stdout.toString().trim() : null
  const entries = new Map<string, TreeEntry>()
  for (const path of paths) {
    const file = join(worktree, ...path.split('/'))
    // Where a sparse checkout leaves it out, it is as it is committed.
    if (!existsSync(file)) continue
    const bytes = readRegular(file)
    // With what attributes say of line ends.
    const oid = git(worktree, ['hash-object', '-w', '--stdin', `--path=${path}`], bytes)
    entries.set(path, blobEntry(oid.toString().trim()))
  }
  const tree = treeWith(worktree, parent, entries)
  if (
    parent !== null &&
    git(worktree, ['rev-parse', `${parent}^{tree}`])
      .toString()
      .trim() === tree
  ) {
    return { isMade: false, isUnsigned: false }
  }
  stage(worktree, entries)
  const { isWanted, isOwn } = signing(worktree)
  const args = [
    'commit-tree',
    tree,
    ...(parent === null ? [] : ['-p', parent]),
    ...(isWanted && isOwn ? ['-S'] : []),
    '-m',
    message,
  ]
  const made = tryGit(worktree, args)
  const commit = made.stdout.toString().trim()
  const moved =
    made.code === 0 ? tryGit(worktree, ['update-ref', '-m', `commit: ${message}`, 'HEAD', commit, parent ?? '']) : made
  if (moved.code !== 0) {
    throw new OcvaultError('failed', `the files are written and added, but git does not commit them: ${complaintOf(moved)}`)
  }
  return { isMade: true, isUnsigned: isWanted && !isOwn }
}

/** Puts files into the index, as `git add` does; before they are committed, so that what is committed is never missing there. */
function stage(worktree: string, entries: ReadonlyMap<string, TreeEntry>): void {
  const paths = [...entries.keys()]
  const plainPaths = { GIT_LITERAL_PATHSPECS: '0' }
  if (tryGit(worktree, ['check-ignore', '--quiet', '--', ...paths], undefined, plainPaths).code === 0) {
    const why = 'a .gitignore names them; take that line out'
    throw new OcvaultError('failed', `the files are written, but git does not take them: ${why}`)
  }
  const input = Array.from(entries, ([path, { mode, oid }]) => `${mode} ${oid} 0\t${path}\0`).join('')
  const staged = tryGit(worktree, ['update-index', '-z', '--index-info'], Buffer.from(input))
  if (staged.code !== 0) {
    throw new OcvaultError('failed', `the files are written, but git does not take them: ${complaintOf(staged)}`)
  } // So that git knows how old the files are, and need not read them to see that they are as they are committed.
  tryGit(worktree, ['update-index', '-z', '--stdin'], Buffer.from(paths.map((path) => `${path}\0`).join('')))
}
