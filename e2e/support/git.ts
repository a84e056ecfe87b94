import { execFileSync } from 'node:child_process'
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Runs git without any settings of the machine. */
export function git(directory: string, ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
    GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
  }
  const settings = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'init.defaultBranch=main']
  return execFileSync('git', [...settings, ...args], {
    cwd: directory,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** Makes a repository with one commit, and returns its directory and its root commit, the project id of most releases. */
export function initRepository(directory: string): { directory: string; root: string } {
  mkdirSync(directory, { recursive: true })
  git(directory, 'init', '--quiet')
  // Its path is in it, so that two repositories do not have the same root commit.
  writeFileSync(join(directory, 'README'), `${directory}\n`)
  git(directory, 'add', 'README')
  git(directory, 'commit', '--quiet', '--message', 'first')
  return { directory: realpathSync(directory), root: git(directory, 'rev-parse', 'HEAD').trim() }
}
