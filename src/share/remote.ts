import { OcvaultError } from '../base/errors.ts'
import { complaintOf, git, tryGit } from '../base/git.ts'
import { objectOf, textOf } from '../base/json.ts'
import { readConfig } from '../redact/allow-file.ts'
import { type MergeResult, mergeInto } from './merge.ts'
import { RefShelf, sessionsRef } from './ref-shelf.ts'

/** What the remote had when it was last asked. */
const fetchedRef = 'refs/ocvault/fetched'

/** How often a push is tried while others push, too. */
const tries = 5

export interface Exchange {
  /** The name or address of the repository. */
  readonly remote: string
  /** What came from there. */
  readonly received: MergeResult['sessions']
  /** Whether something went there. */
  readonly pushed: boolean
}

/**
 * The repository that sessions are pushed to: `share.remote` of `.opencode/ocvault.json`, a name or an address; else `origin`.
 * @throws OcvaultError `usage` for what is none
 */
export function remoteOf(worktree: string): string {
  const { remote } = objectOf(readConfig(worktree).share)
  if (remote === undefined) return 'origin'
  const name = textOf(remote)
  if (!name || name.startsWith('-') || /[\0-\x1f]/.test(name)) {
    throw new OcvaultError('usage', '.opencode/ocvault.json: share.remote is no name or address of a repository')
  }
  return name
}

/** The remote's commit; null when it has none. */
function remoteCommit(worktree: string, remote: string): string | null {
  const listed = tryGit(worktree, ['ls-remote', '--', remote, sessionsRef])
  if (listed.code !== 0) throw unreachable(remote, complaintOf(listed))
  return /^([0-9a-f]{40,64})\t/.exec(listed.stdout.toString())?.[1] ?? null
}

const unreachable = (remote: string, why: string) =>
  new OcvaultError(
    'failed',
    `${remote} cannot be asked (${why}); share.remote in .opencode/ocvault.json names another repository`,
  )

/** Takes in what the remote has and is not here. */
export function pull(worktree: string, remote: string): Exchange & { readonly commit: string | null } {
  const commit = remoteCommit(worktree, remote)
  if (commit === null) return { remote, received: [], pushed: false, commit }
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--', remote]
  const fetched = tryGit(worktree, [...args, `+${sessionsRef}:${fetchedRef}`])
  if (fetched.code !== 0) throw unreachable(remote, complaintOf(fetched))
  const mine = new RefShelf(worktree)
  const theirs = new RefShelf(worktree, fetchedRef)
  const { files, sessions } = mergeInto(mine, theirs)
  if (mine.commit === null && theirs.commit !== null) git(worktree, ['update-ref', sessionsRef, theirs.commit, ''])
  else mine.write(files)
  return { remote, received: sessions, pushed: false, commit: theirs.commit }
}

/**
 * Takes in what the remote has, and pushes what it has not; again, when somebody else was faster.
 * @throws OcvaultError `not-found` when nothing is saved, `failed` with what git says
 */
export function push(worktree: string, remote: string): Exchange {
  const received: Exchange['received'][number][] = []
  for (let left = tries; ; left--) {
    const pulled = pull(worktree, remote)
    received.push(...pulled.received)
    const { commit } = new RefShelf(worktree)
    if (commit === null) throw new OcvaultError('not-found', 'nothing is saved to be pushed: ocvault save --ref saves a session')
    if (commit === pulled.commit) return { remote, received, pushed: false }
    // The lease: only on top of what was taken in.
    const lease = `--force-with-lease=${sessionsRef}:${pulled.commit ?? ''}`
    const pushed = tryGit(worktree, [
      'push',
      '--quiet',
      '--no-recurse-submodules',
      lease,
      '--',
      remote,
      `${commit}:${sessionsRef}`,
    ])
    if (pushed.code === 0) return { remote, received, pushed: true }
    const wasSlow = /stale info|rejected|cannot lock ref|failed to update ref/.test(pushed.stderr)
    if (!wasSlow || left <= 1) throw new OcvaultError('failed', `git push to ${remote}: ${complaintOf(pushed)}`)
  }
}
