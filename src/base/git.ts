import type * as childProcess from 'node:child_process'
import { OcvaultError } from './errors.ts'

/**
 * What of git's environment may reach a git that is started for another repository than the one that set it: who one is, and how
 * to log in.
 */
const welcome = /^GIT_(?:(?:AUTHOR|COMMITTER)_|SSH|ASKPASS|TERMINAL_PROMPT|SSL_|HTTP_|PROXY_|CONFIG_)/

function cleanedEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || welcome.test(name))
  return { ...Object.fromEntries(own), LC_ALL: 'C', GIT_LITERAL_PATHSPECS: '1', GIT_OPTIONAL_LOCKS: '0' }
}

/**
 * Settings under which no code of a repository runs: neither its hooks, nor a monitor, nor what checks signatures, nor a
 * transport that is a program.
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=',
  'log.showSignature=false',
  'protocol.ext.allow=never',
  'core.quotePath=false',
  'gc.auto=0',
]

/** The most that one command may answer. */
const mostBytes = 2 ** 30

interface GitResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

interface GitOptions {
  readonly input?: Uint8Array | undefined
  readonly environment?: Readonly<Record<string, string>>
  /** After it the command is ended, and has failed. */
  readonly timeoutMs?: number
  /** An open file that the output goes into. */
  readonly into?: number | undefined
}

/** The one place that starts git: without a shell, in a cleaned environment. */
function run(directory: string, args: readonly string[], { input, environment, timeoutMs, into }: GitOptions) {
  // Loaded with the first run: few questions need git.
  const { spawnSync }: typeof childProcess = process.getBuiltinModule('node:child_process')
  return spawnSync('git', [...settings.flatMap((each) => ['-c', each]), ...args], {
    cwd: directory,
    env: { ...cleanedEnvironment(), ...environment },
    input: input ?? '',
    maxBuffer: mostBytes,
    windowsHide: true,
    ...(into !== undefined && { stdio: ['pipe', into, 'pipe'] }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  })
}

/**
 * Runs git without the hooks of the repository.
 * @param more added to the environment
 * @throws OcvaultError `failed` when git is not there
 */
export function tryGit(
  directory: string,
  args: readonly string[],
  input?: Uint8Array,
  more: Readonly<Record<string, string>> = {},
): GitResult {
  const { status, stdout, stderr, error } = run(directory, args, { input, environment: more })
  if (error && 'code' in error && error.code === 'ENOENT') {
    throw new OcvaultError('failed', 'git is not installed, or not in PATH', { cause: error })
  }
  if (error) throw new OcvaultError('failed', `git ${args[0]} did not run: ${error.message}`, { cause: error })
  return { code: status ?? 1, stdout, stderr: stderr.toString() }
}

/**
 * What git says of a repository, for those who can do without: undefined on any trouble, without git too. Nothing is fetched for
 * the answer.
 * @param gitDir the `.git` folder itself
 */
export function askGit(gitDir: string, args: readonly string[], options: GitOptions): Buffer | undefined {
  const environment = { ...options.environment, GIT_NO_LAZY_FETCH: '1' }
  const { status, stdout, error } = run(gitDir, ['--git-dir', gitDir, ...args], { ...options, environment })
  return error || status !== 0 ? undefined : stdout
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

/**
 * Runs git, and lets it write into an open file: what it says may be too much to be held.
 * @throws OcvaultError `failed` with git's own words
 */
export function gitInto(directory: string, args: readonly string[], into: number): void {
  const { status, stderr, error } = run(directory, args, { into })
  if (error) throw new OcvaultError('failed', `git ${args[0]} did not run: ${error.message}`, { cause: error })
  if (status !== 0) throw new OcvaultError('failed', `git ${args[0]}: ${stderr.toString().trim()}`)
}
