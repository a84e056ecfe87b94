import { OcvaultError } from '../base/errors.ts'
import { RefShelf } from '../share/ref-shelf.ts'
import { type Exchange, pull, push } from '../share/remote.ts'
import { giveConsent, needsConsent, type Remote, remoteOf } from '../share/remote-address.ts'
import { type Removed, removeFrom } from '../share/remove.ts'
import { worktreeOf } from '../share/repository.ts'

/** Fetches what others have pushed, and merges it. @throws OcvaultError as the exchange does */
export function pullSaved(directory: string): Exchange {
  const worktree = worktreeOf(directory)
  return pull(worktree, remoteOf(worktree))
}

/**
 * Pushes what is saved in the ref.
 * @param mayGoTo is asked once whether transcripts may go to an address that came with the repository
 * @throws OcvaultError `refused` when they may not; as the exchange does
 */
export async function pushSaved(directory: string, mayGoTo: (remote: Remote) => Promise<boolean>): Promise<Exchange> {
  const worktree = worktreeOf(directory)
  const remote = remoteOf(worktree)
  if (needsConsent(remote)) {
    if (!(await mayGoTo(remote))) throw new OcvaultError('refused', 'nothing was pushed')
    giveConsent(remote)
  }
  return push(worktree, remote)
}

/**
 * Takes a session out of the ref, with the next push for everybody.
 * @param name an id or its beginning, a path, a part of a path or title
 * @throws OcvaultError `not-found`, `usage` when it could be several
 */
export const takeOut = (directory: string, name: string): Removed =>
  removeFrom(new RefShelf(worktreeOf(directory)), name, Date.now())
