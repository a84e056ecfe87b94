import { OcvaultError } from '../base/errors.ts'
import { complaintOf, git, tryGit } from '../base/git.ts'
import { type MergeResult, mergeInto } from './merge.ts'
import { RefShelf, sessionsRef } from './ref-shelf.ts'
import { needsConsent, type Remote } from './remote-address.ts'

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

/** The remote's commit; null when it has none. */
function remoteCommit(worktree: string, remote: Remote): string | null {
  const listed = tryGit(worktree, ['ls-remote', '--', remote.name, sessionsRef], undefined, remote.env)
  if (listed.code !== 0) throw unreachable(remote, listed)
  return /^([0-9a-f]{40,64})\t/.exec(listed.stdout.toString())?.[1] ?? null
}

function unreachable({ name }: Remote, result: ReturnType<typeof tryGit>): OcvaultError {
  const why = [complaintOf(result), saidByRemote(result.stderr)].filter((each) => each !== '').join('; ')
  return new OcvaultError(
    'failed',
    `${name} cannot be asked (${why}); share.remote in .opencode/ocvault.json names another repository`,
  )
}

/** Takes in what the remote has and is not here. */
export function pull(worktree: string, remote: Remote): Exchange & { readonly commit: string | null } {
  const commit = remoteCommit(worktree, remote)
  if (commit === null) return { remote: remote.name, received: [], pushed: false, commit }
  const base = new RefShelf(worktree, fetchedRef)
  base.entries()
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--', remote.name]
  const fetched = tryGit(worktree, [...args, `+${sessionsRef}:${fetchedRef}`], undefined, remote.env)
  if (fetched.code !== 0) throw unreachable(remote, fetched)
  const mine = new RefShelf(worktree)
  const theirs = new RefShelf(worktree, fetchedRef)
  const { sessions, ...change } = mergeInto(mine, theirs, base)
  if (mine.commit === null && theirs.commit !== null) git(worktree, ['update-ref', sessionsRef, theirs.commit, ''])
  else mine.change(change)
  return { remote: remote.name, received: sessions, pushed: false, commit: theirs.commit }
}

/**
 * Takes in what the remote has, and pushes what it has not; again, when somebody else was faster.
 * @throws OcvaultError `refused` when nobody has consented to an address that a file names, before it is asked for anything;
 *   `not-found` when nothing is saved; `failed` with what git says, and the other side
 */
export function push(worktree: string, remote: Remote): Exchange {
  if (needsConsent(remote)) {
    throw new OcvaultError(
      'refused',
      `.opencode/ocvault.json names ${remote.name} for this repository’s sessions, and nobody has said on this machine that they may go there`,
    )
  }
  const received: Exchange['received'][number][] = []
  for (let left = tries; ; left--) {
    const pulled = pull(worktree, remote)
    received.push(...pulled.received)
    const { commit } = new RefShelf(worktree)
    if (commit === null) throw new OcvaultError('not-found', 'nothing is saved to be pushed', { hint: 'save' })
    if (commit === pulled.commit) return { remote: remote.name, received, pushed: false }
    // The lease: only on top of what was taken in.
    const lease = `--force-with-lease=${sessionsRef}:${pulled.commit ?? ''}`
    const args = ['push', '--porcelain', '--no-recurse-submodules', lease, '--', remote.name, `${commit}:${sessionsRef}`]
    const pushed = tryGit(worktree, args, undefined, remote.env)
    if (pushed.code === 0) {
      git(worktree, ['update-ref', fetchedRef, commit])
      return { remote: remote.name, received, pushed: true }
    }
    const refusal = refusalIn(pushed.stdout.toString())
    if (left > 1 && refusal !== undefined && isOvertaken.test(refusal)) continue
    const said = [refusal ?? complaintOf(pushed), saidByRemote(pushed.stderr)].filter((each) => each !== '').join(': ')
    throw new OcvaultError('failed', `${remote.name} does not take the sessions: ${said}`)
  }
}

/** What `git push --porcelain` says of the one ref: `[remote rejected] (pre-receive hook declined)`. */
const refusalIn = (output: string) => /^!\t[^\t]*\t(.+)$/m.exec(output)?.[1]

/**
 * Somebody else wrote the ref between our look and our push, so that another try helps; a hook that declines would decline again.
 */
const isOvertaken = /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|incorrect old value/

/** Letters of what the other side says that are passed on. */
const longestSaid = 500

/** What the other side printed, its hooks for instance, in one line; frames and empty lines left out. */
function saidByRemote(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).flatMap((line) => /^remote: +(.*\w.*)$/.exec(line)?.[1]?.trim() ?? [])
  const whole = lines.map((line) => line.replace(/^error: /, '')).join(' ')
  return whole.length > longestSaid ? `${whole.slice(0, longestSaid)}…` : whole
}
