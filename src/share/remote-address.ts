import { accept, accepted } from '../base/accepted.ts'
import { OcvaultError } from '../base/errors.ts'
import { git, tryGit } from '../base/git.ts'
import { objectOf, textOf } from '../base/json.ts'
import { readConfig } from '../redact/allow-file.ts'

/** A repository that sessions are exchanged with. */
export interface Remote {
  /** What git is told: a name out of its own configuration, or an address. */
  readonly name: string
  /** Whether it is an address that a file of the work tree says, which came from whoever wrote the repository. */
  readonly isAddress: boolean
  /** Environment under which git may be run for it. */
  readonly env: Readonly<Record<string, string>>
}

/** `https://host/…` and `ssh://user@host:port/…`. No name or host begins like an option. */
const url = /^(?:https:\/\/|ssh:\/\/)(?:[^\s/@-][^\s/@]*@)?[A-Za-z0-9[][^\s/@]*\/[^\s]+$/
/** `git@host:path`; with a user always, as `c:/x` is a folder to Windows. */
const scp = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:[^\s:-][^\s]*$/

/** Whatever git is configured to do: no folder, no program, nothing in the clear; also where a server sends it on. */
const overNetwork = { GIT_ALLOW_PROTOCOL: 'https:ssh' }

/**
 * The repository that sessions are pushed to: `share.remote` of `.opencode/ocvault.json`, a remote of git's or an address; else
 * `origin`. The file may have come with a clone, so that it can name nothing that would run what came with it, too: no folder, no
 * `file:`, no `ext::`.
 * @throws OcvaultError `usage` for what is no text, `refused` for what it may not name, `not-found` when there is no such remote
 */
export function remoteOf(worktree: string): Remote {
  const { remote } = objectOf(readConfig(worktree).share)
  const name = remote === undefined ? 'origin' : textOf(remote)
  if (!name || /[\0-\x1f]/.test(name)) {
    throw new OcvaultError('usage', '.opencode/ocvault.json: share.remote is no name or address of a repository')
  }
  // Git takes a name that it does not know for a folder: `origin` is one, where nobody has added a remote.
  const names = git(worktree, ['remote']).toString().split('\n')
  if (names.includes(name)) return { name, isAddress: false, env: {} }
  if (remote === undefined) {
    throw new OcvaultError(
      'not-found',
      'this repository has no remote origin, and share.remote in .opencode/ocvault.json names none',
    )
  }
  if (!url.test(name) && !scp.test(name)) {
    throw new OcvaultError(
      'refused',
      `.opencode/ocvault.json: share.remote ${JSON.stringify(name)} is no remote of this repository, nor an address (https://, ssh:// or git@host:path): a folder or a program that a file names is never used`,
    )
  }
  return { name, isAddress: true, env: isRewritten(worktree, name) ? {} : overNetwork }
}

/**
 * Whether git's own configuration (`url.….insteadOf`) leads an address elsewhere: that is the person's doing, and may be a
 * folder.
 */
function isRewritten(worktree: string, address: string): boolean {
  const { code, stdout } = tryGit(worktree, ['ls-remote', '--get-url', '--', address])
  return code === 0 && stdout.toString().trim() !== address
}

/** Whether nobody has said on this machine that transcripts may go to this address, which a file names. */
export const needsConsent = ({ name, isAddress }: Remote): boolean => isAddress && !accepted('remotes').has(name)

/** Transcripts may go there from now on. @throws OcvaultError `failed` when that cannot be kept */
export function giveConsent({ name, isAddress }: Remote): void {
  if (isAddress) accept('remotes', [name])
}
