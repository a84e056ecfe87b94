import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { rootCommitsAmong } from '../opencode/project.ts'
import { tempDir } from '../testing/temp.ts'
import { locationOf } from '../transfer/import/location.ts'
import { askGit, complaintOf, git, tryGit } from './git.ts'

const me = ['-c', 'user.name=a', '-c', 'user.email=a@b']
const plain = (folder: string, ...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim()

/** A repository with one commit. */
function repository(): { folder: string; root: string } {
  const folder = tempDir()
  plain(folder, 'init', '--quiet', '.')
  writeFileSync(join(folder, 'a'), 'a')
  plain(folder, 'add', 'a')
  plain(folder, ...me, 'commit', '--quiet', '-m', 'x')
  return { folder, root: plain(folder, 'rev-parse', 'HEAD') }
}

beforeEach(() => {
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1')
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('what a hook, an alias or a person has set of git’s environment does not reach another repository', () => {
  test('where its objects, its files and its settings are', () => {
    const { folder, root } = repository()
    const set = {
      GIT_OBJECT_DIRECTORY: '/nonexistent',
      GIT_DIR: '/nonexistent',
      GIT_WORK_TREE: '/nonexistent',
      GIT_INDEX_FILE: '/nonexistent',
      GIT_COMMON_DIR: '/nonexistent',
      GIT_NAMESPACE: 'other',
      GIT_CEILING_DIRECTORIES: '/',
      GIT_DEFAULT_HASH: 'sha256',
      GIT_REPLACE_REF_BASE: 'refs/none/',
    }
    for (const [name, value] of Object.entries(set)) vi.stubEnv(name, value)
    expect(git(folder, ['rev-parse', 'HEAD']).toString().trim()).toBe(root)
    expect(rootCommitsAmong(join(folder, '.git'), [root])).toEqual([root])
    expect(locationOf(folder, 'v1', false).project.id).toBe(root)
  })

  test('who one is does', () => {
    vi.stubEnv('GIT_AUTHOR_NAME', 'Ada')
    vi.stubEnv('GIT_AUTHOR_EMAIL', 'ada@example.org')
    expect(git(repository().folder, ['var', 'GIT_AUTHOR_IDENT']).toString()).toMatch(/^Ada <ada@example\.org>/)
  })
})

describe('programs that the settings of a repository name do not run', () => {
  /** A program that leaves a file where it was run. */
  function trap(): { program: string; ran: () => boolean } {
    const folder = tempDir()
    const program = join(folder, 'evil.sh')
    writeFileSync(program, `#!/bin/sh\ntouch "${folder}/ran"\ncat\n`)
    chmodSync(program, 0o755)
    return { program, ran: () => existsSync(join(folder, 'ran')) }
  }

  test.skipIf(process.platform === 'win32')('a hook, a monitor, a checker of signatures', () => {
    const { folder } = repository()
    const { program, ran } = trap()
    const [head = '', ...message] = plain(folder, 'cat-file', 'commit', 'HEAD').split('\n\n')
    const signature = '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n'
    const signed = `${head}${signature}\n${message.join('\n\n')}\n`
    const id = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      cwd: folder,
      input: signed,
      encoding: 'utf8',
    })
    plain(folder, 'reset', '--quiet', '--soft', id.trim())
    plain(folder, 'config', 'log.showSignature', 'true')
    plain(folder, 'config', 'gpg.program', program)
    plain(folder, 'config', 'core.fsmonitor', program)
    mkdirSync(join(folder, '.git/hooks'), { recursive: true })
    for (const hook of ['pre-commit', 'post-commit', 'reference-transaction', 'post-index-change']) {
      writeFileSync(join(folder, '.git/hooks', hook), `#!/bin/sh\n${program} </dev/null\n`, { mode: 0o755 })
    }
    writeFileSync(join(folder, 'b'), 'b')
    tryGit(folder, ['status', '--porcelain'])
    tryGit(folder, ['log', '--format=%an'])
    tryGit(folder, ['add', 'b'])
    expect(tryGit(folder, [...me, 'commit', '--quiet', '-m', 'y']).code).toBe(0)
    expect(tryGit(folder, ['ls-remote', '--', `ext::${program}`]).code).not.toBe(0)
    expect(ran()).toBe(false)
  })
})

describe('trouble', () => {
  test('git’s own words are told, in one line', () => {
    expect(() => git(tempDir(), ['rev-parse', 'HEAD'])).toThrow(/^git rev-parse: not a git repository/)
    expect(complaintOf({ code: 1, stdout: Buffer.alloc(0), stderr: 'hint: x\nfatal: no such thing\n' })).toBe('no such thing')
    expect(complaintOf({ code: 1, stdout: Buffer.alloc(0), stderr: '' })).toBe('it does not say why')
  })

  test('who only asks gets no answer', () => {
    expect(askGit(join(tempDir(), '.git'), ['rev-parse', 'HEAD'], {})).toBeUndefined()
    expect(askGit(join(repository().folder, '.git'), ['cat-file', 'blob', 'none'], {})).toBeUndefined()
  })

  test.skipIf(process.platform === 'win32')('a git that does not answer is not waited for', () => {
    const { folder } = repository()
    const bin = tempDir()
    writeFileSync(join(bin, 'git'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 })
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`)
    expect(askGit(join(folder, '.git'), ['rev-parse', 'HEAD'], { timeoutMs: 200 })).toBeUndefined()
  })

  test('without git that is said, or there is no answer', () => {
    const { folder } = repository()
    vi.stubEnv('PATH', tempDir())
    expect(() => tryGit(folder, ['status'])).toThrow('git is not installed, or not in PATH')
    expect(askGit(join(folder, '.git'), ['rev-parse', 'HEAD'], {})).toBeUndefined()
  })
})
