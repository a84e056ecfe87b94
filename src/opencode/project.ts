import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { askGit } from '../base/git.ts'
import { createHash } from '../base/hash.ts'
import { readRegular } from '../base/regular.ts'
import { directoryHere, isWindowsPath } from './directories.ts'

/** What a directory is to OpenCode: the work tree it is in, and every project id that some release gives it. */
export interface ProjectLocation {
  /** The directory asked about, and its real path where links lead elsewhere; before them as it was spelled, if not so. */
  readonly directories: readonly string[]
  /** The root of the git work tree, or the directory itself outside of git. */
  readonly worktree: string
  /** Where the shared `.git` lives; undefined outside of git. */
  readonly gitDir: string | undefined
  /** Ids that can be told without looking at history: cached, from the remote, the 2.x directory hash, the ≤0.5 slug. */
  readonly ids: readonly string[]
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')

function readText(path: string): string | undefined {
  try {
    return readRegular(path).toString()
  } catch {
    return undefined
  }
}

function kindOf(path: string): 'file' | 'directory' | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() ? 'file' : stat?.isDirectory() ? 'directory' : undefined
}

/** The git work tree around a directory: its root, and the `.git` shared by all work trees. A linked one has a `.git` file. */
function findGit(directory: string): { worktree: string; own: string; common: string } | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const dot = join(at, '.git')
    const kind = kindOf(dot)
    if (kind === 'directory') return { worktree: at, own: dot, common: dot }
    if (kind === 'file') {
      const own = /^gitdir: (.+)$/m.exec(readText(dot) ?? '')?.[1]
      if (own) {
        const ownPath = resolve(at, own.trim())
        const common = readText(join(ownPath, 'commondir'))?.trim()
        return { worktree: at, own: ownPath, common: common ? resolve(ownPath, common) : ownPath }
      }
    }
    if (dirname(at) === at) return undefined
  }
}

/**
 * The project id that 1.15 and later derive from a git remote: sha1 of `git-remote:<host>/<path>`, host in lower case, the path
 * without leading slash, trailing `.git` or `/`, the port left out. Understands URLs and the scp form with a user (seen with
 * 1.18.33: `host:path` gets no such id); undefined for local remotes.
 */
export function remoteProjectID(url: string): string | undefined {
  const scp = /^[^@/\s]+@([^:/\s]+):(?!\/\/)(.+)$/.exec(url)
  let host: string
  let path: string
  if (scp) {
    host = scp[1]!
    path = scp[2]!
  } else {
    if (!URL.canParse(url)) return undefined
    const parsed = new URL(url)
    if (parsed.protocol === 'file:' || !parsed.hostname) return undefined
    host = parsed.hostname
    path = parsed.pathname
  }
  const clean = path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
  return clean ? sha1(`git-remote:${host.toLowerCase()}/${clean}`) : undefined
}

/** The `url` of `[remote "origin"]` in a git config file. */
export function originOf(gitConfig: string): string | undefined {
  let inOrigin = false
  for (const line of gitConfig.split('\n')) {
    const section = /^\s*\[(.+?)\]\s*$/.exec(line)
    if (section) inOrigin = /^remote\s+"origin"$/.test(section[1]!)
    else if (inOrigin) {
      const url = /^\s*url\s*=\s*(.+?)\s*$/.exec(line)?.[1]
      if (url) return url
    }
  }
  return undefined
}

/**
 * The folder name of a project in the slug trees of 0.5.29 and before: the root's path with `-` for all that is not a word
 * character.
 */
export function projectSlug(gitRoot: string): string {
  return gitRoot
    .split(/[\\/]/)
    .filter(Boolean)
    .join('-')
    .replace(/[^A-Za-z0-9_]/g, '-')
}

/** A directory of Windows on a machine that is none: nothing here can be looked at, but its name stands in sessions. */
function elsewhere(directory: string): ProjectLocation {
  return { directories: [directory], worktree: directory, gitDir: undefined, ids: [sha1(`directory:${directory}`)] }
}

/**
 * Where a directory belongs and the ids that releases give it: the cached id (`.git/opencode`, 1.0.162+), the id of the
 * origin remote (1.15+), sha1 of `directory:<path>` outside of git (2.x), and the slug (≤0.5.29). Root commits, the ids of
 * 0.6 to 1.14, are checked with {@link rootCommitsAmong}, because that needs git. Reads files only; never throws.
 */
export function locateProject(directory: string): ProjectLocation {
  const here = directoryHere(directory, existsSync)
  if (process.platform !== 'win32' && isWindowsPath(here)) return elsewhere(here)
  const asked = resolve(here)
  let real = asked
  try {
    real = realpathSync(asked)
  } catch {
    // A directory that is gone still has sessions: it is compared by name.
  }
  const directories = [...new Set([...(here === directory ? [] : [directory]), asked, real])]
  const git = findGit(real) ?? findGit(asked)
  if (!git) return { directories, worktree: real, gitDir: undefined, ids: directories.map((d) => sha1(`directory:${d}`)) }
  const cached = [...new Set([join(git.common, 'opencode'), join(git.own, 'opencode')])].map((file) => readText(file)?.trim())
  const origin = originOf(readText(join(git.common, 'config')) ?? '')
  const ids = [...cached, origin && remoteProjectID(origin), projectSlug(git.worktree)]
  return {
    directories,
    worktree: git.worktree,
    gitDir: git.common,
    ids: [...new Set(ids)].filter((id) => id !== undefined && id !== '') as string[],
  }
}

/** A listing does not wait longer for git: on a busy machine one answer may well take seconds. */
const gitPatienceMs = 20_000

/** So long git's answer is taken as it was: a server asks the same with each question, and a process costs a lot. */
const trustedMs = 60_000

/** What git answered last, by repository. */
const answered = new Map<string, { readonly asked: string; readonly at: number; readonly roots: readonly string[] }>()

/**
 * Which of these ids are root commits of the repository, and therefore ids that 0.6 to 1.14 gave it (`git rev-list
 * --max-parents=0`, of all refs or of HEAD). Asks git about the given commits alone, which costs the same on a history of any
 * length; the boundary of a shallow clone counts as a root, as it does for git. Without git, or on any trouble: none. A commit
 * that comes into the repository is seen within a minute.
 */
export function rootCommitsAmong(gitDir: string, ids: Iterable<string>): readonly string[] {
  const commits = [...ids].filter((id) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id))
  if (commits.length === 0) return []
  const shallow = readText(join(gitDir, 'shallow')) ?? ''
  const asked = `${shallow}\n${commits.join('\n')}`
  const known = answered.get(gitDir)
  if (known?.asked === asked && Math.abs(Date.now() - known.at) < trustedMs) return known.roots
  const input = Buffer.from(`${commits.join('\n')}\n`)
  const out = askGit(gitDir, ['cat-file', '--batch'], { input, timeoutMs: gitPatienceMs })
  if (!out) return []
  const roots = rootsIn(out.toString('latin1'), new Set(shallow.split('\n')))
  answered.set(gitDir, { asked, at: Date.now(), roots })
  return roots
}

/** The root commits in what `git cat-file --batch` prints. */
function rootsIn(out: string, shallow: ReadonlySet<string>): string[] {
  const roots: string[] = []
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf('\n', at)
    const header = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(out.slice(at, end))
    at = end + 1
    if (!header) continue // "<id> missing"
    const body = out.slice(at, at + Number(header[3]))
    at += Number(header[3]) + 1
    if (header[2] === 'commit' && (shallow.has(header[1]!) || !/^tree [0-9a-f]+\nparent /.test(body))) roots.push(header[1]!)
  }
  return roots
}
