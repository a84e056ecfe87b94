import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { OcvaultError } from '../base/errors.ts'
import { complaintOf, tryGit } from '../base/git.ts'

const firstLine = (result: ReturnType<typeof tryGit>) => result.stdout.toString().split('\n')[0] ?? ''

/**
 * The root of the work tree around a directory, as its real path.
 * @throws OcvaultError `not-found` outside of a work tree, with what to do
 */
export function worktreeOf(directory: string): string {
  const result = tryGit(directory, ['rev-parse', '--is-bare-repository', '--is-inside-work-tree'])
  if (result.code !== 0) {
    const words = complaintOf(result)
    if (/dubious ownership/.test(words)) throw new OcvaultError('refused', `git does not trust this repository: ${words}`)
    throw new OcvaultError(
      'not-found',
      `${directory} is in no git repository, and sessions are shared through one: git init makes one`,
      { hint: 'export-file' },
    )
  }
  const [bare, inside] = result.stdout.toString().split('\n')
  if (bare === 'true') {
    throw new OcvaultError('not-found', `${directory} is a bare repository, which has no files: run this in a clone of it`)
  }
  if (inside !== 'true') throw new OcvaultError('not-found', `${directory} is inside of .git: run this in the work tree`)
  return realpathSync(resolve(directory, firstLine(tryGit(directory, ['rev-parse', '--show-toplevel']))))
}

/** The name under which the person commits here; null when git does not know it. */
export function userName(directory: string): string | null {
  return process.env.GIT_AUTHOR_NAME || firstLine(tryGit(directory, ['config', '--get', 'user.name'])).trim() || null
}

/** Who last committed each file below a folder, and when (ms since the epoch). */
export function lastCommits(worktree: string, folder: string): Map<string, { author: string; time: number }> {
  const found = new Map<string, { author: string; time: number }>()
  const result = tryGit(worktree, ['log', '-z', '--no-renames', '--name-only', '--format=%x01%an%x02%ct', '--', folder])
  if (result.code !== 0) return found
  let commit = { author: '', time: 0 }
  for (const field of result.stdout.toString().split('\0')) {
    const item = field.replace(/^\n+/, '')
    if (item.startsWith('\x01')) {
      const [author = '', rest = ''] = item.slice(1).split('\x02')
      // Without -z between header and first name git prints a line feed.
      const [seconds, ...first] = rest.split('\n')
      commit = { author, time: Number(seconds) * 1000 }
      for (const name of first) if (name !== '' && !found.has(name)) found.set(name, commit)
    } else if (item !== '' && !found.has(item)) found.set(item, commit)
  }
  return found
}
