import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { OcvaultError } from './errors.ts'

/** What of git's environment may reach a git that is started for another repository than the one that set it: who one is, and how to log in. */
const welcome = /^GIT_(?:(?:AUTHOR|COMMITTER)_|SSH|ASKPASS|TERMINAL_PROMPT|SSL_|HTTP_|PROXY_|CONFIG_)/

function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || welcome.test(name))
  return { ...Object.fromEntries(own), LC_ALL: 'C', GIT_LITERAL_PATHSPECS: '1', GIT_OPTIONAL_LOCKS: '0' }
}

/** Settings under which no code of a repository runs: neither its hooks, nor a monitor, nor a transport that is a program. */
const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=', 'protocol.ext.allow=never', 'core.quotePath=false', 'gc.auto=0']

interface GitResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/**
 * Runs git, without a shell and without the hooks of the repository.
 * @throws OcvaultError `failed` when git is not there
 */
export function tryGit(
  directory: string,
  args: readonly string[],
  input?: Uint8Array,
  more: Readonly<Record<string, string>> = {},
): GitResult {
  const { status, stdout, stderr, error } = spawnSync('git', [...settings.flatMap((each) => ['-c', each]), ...args], {
    cwd: directory,
    env: { ...environment(), ...more },
    input: input ?? '',
    maxBuffer: 2 ** 30,
    windowsHide: true,
  })
  if (error && 'code' in error && error.code === 'ENOENT') {
    throw new OcvaultError('failed', 'git is not installed, or not in PATH; sessions are shared through it', { cause: error })
  }
  if (error) throw new OcvaultError('failed', `git ${args[0]} did not run: ${error.message}`, { cause: error })
  return { code: status ?? 1, stdout, stderr: stderr.toString() }
}

/** What git complained about, in one line. */
export function complaintOf({ stderr }: GitResult): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const told = lines.find((line) => /^(?:fatal|error|!|remote: error)/.test(line)) ?? lines.find((line) => line !== '')
  return (told ?? 'it does not say why').replace(/^(?:fatal|error): /, '')
}

/**
 * The output of git.
 * @throws OcvaultError `failed` with git's own words
 */
export function git(
  directory: string,
  args: readonly string[],
  input?: Uint8Array,
  more: Readonly<Record<string, string>> = {},
): Buffer {
  const result = tryGit(directory, args, input, more)
  if (result.code !== 0) throw new OcvaultError('failed', `git ${args[0]}: ${complaintOf(result)}`)
  return result.stdout
}

const firstLine = (result: GitResult) => result.stdout.toString().split('\n')[0] ?? ''

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
