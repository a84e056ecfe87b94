import { OcvaultError } from '../base/errors.ts'
import { complaintOf, git, tryGit } from '../base/git.ts'

/**
 * Whether a commit could be made here that is not lost again.
 * @throws OcvaultError `refused` on a detached HEAD, `failed` when git does not know who commits
 */
export function checkCommit(worktree: string): void {
  if (tryGit(worktree, ['symbolic-ref', '--quiet', 'HEAD']).code !== 0) {
    throw new OcvaultError('refused', 'HEAD is detached, and a commit would be on no branch: git switch -c NAME makes one')
  }
  if (tryGit(worktree, ['var', 'GIT_COMMITTER_IDENT']).code !== 0) {
    throw new OcvaultError(
      'failed',
      'git does not know who commits: git config user.name NAME and git config user.email ADDRESS tell it',
    )
  }
}

/**
 * Commits just these files, whatever else is staged; false when they are committed already.
 * @param paths from the root of the work tree
 * @throws OcvaultError `failed` with what git says
 */
export function commitFiles(worktree: string, paths: readonly string[], message: string): boolean {
  if (git(worktree, ['status', '--porcelain', '--ignored', '--untracked-files=all', '--', ...paths]).length === 0) return false
  const added = tryGit(worktree, ['add', '--', ...paths])
  if (added.code !== 0) {
    const why = /ignored by/.test(added.stderr) ? 'a .gitignore names them; take that line out' : complaintOf(added)
    throw new OcvaultError('failed', `the files are written, but git does not take them: ${why}`)
  }
  const committed = tryGit(worktree, ['commit', '--quiet', '--message', message, '--only', '--', ...paths])
  if (committed.code !== 0) {
    throw new OcvaultError('failed', `the files are written and added, but git does not commit them: ${complaintOf(committed)}`)
  }
  return true
}
