import { tryGit } from '../base/git.ts'

/** A setting as git would follow it. */
interface Setting {
  readonly value: string
  /** Whether the person or the machine says so; else the repository does, which may have come from somewhere with its `.git`. */
  readonly isOwn: boolean
}

const own = new Set(['system', 'global', 'command'])

/**
 * Settings whose names an expression fits, in lower case but for the middle of them. Where a git does not tell where one comes
 * from (before 2.26), there are none.
 */
function settingsLike(worktree: string, expression: string): Map<string, Setting> {
  const found = new Map<string, Setting>()
  const { code, stdout } = tryGit(worktree, ['config', '-z', '--show-scope', '--get-regexp', expression])
  if (code !== 0) return found
  const fields = stdout.toString().split('\0')
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name = '', ...value] = fields[at + 1]!.split('\n')
    found.set(name, { value: value.join('\n'), isOwn: own.has(fields[at]!) })
  }
  return found
}

/** The filters of git's attributes that run a program which the repository names, and not the person. */
export function foreignFilters(worktree: string): Set<string> {
  const filters = new Set<string>()
  for (const [name, { isOwn }] of settingsLike(worktree, String.raw`^filter\..*\.(clean|process)$`)) {
    if (!isOwn) filters.add(name.replace(/^filter\./, '').replace(/\.[^.]*$/, ''))
  }
  return filters
}

/** Whether commits are to be signed, and whether nothing but the person's own settings says so and how. */
export function signing(worktree: string): { readonly isWanted: boolean; readonly isOwn: boolean } {
  const settings = settingsLike(worktree, String.raw`^(commit\.gpgsign|user\.signingkey|gpg\..*)$`)
  const { code, stdout } = tryGit(worktree, ['config', '--type=bool', '--get', 'commit.gpgSign'])
  const isWanted = code === 0 && stdout.toString().trim() === 'true'
  return { isWanted, isOwn: [...settings.values()].every(({ isOwn }) => isOwn) }
}
