import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { checkCommit, commitFiles } from './commit.ts'
import { lastCommits } from './repository.ts'

let place: string
let worktree: string
const path = '.opencode/sessions/a.json'

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'init.defaultBranch=main', ...args], { cwd: worktree, encoding: 'utf8', stdio: 'pipe' })

function write(name: string, text = name): string {
  const file = join(worktree, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return name
}

/** A program that leaves a mark when it runs. */
function trap(name: string): string {
  const program = join(place, `${name}.sh`)
  writeFileSync(program, `#!/bin/sh\ntouch '${place}/${name}.ran'\ncat\n`, { mode: 0o755 })
  return program
}
const hasRun = (name: string) => existsSync(join(place, `${name}.ran`))

/** Settings of the person, not of the repository. */
function global(...lines: string[]): void {
  writeFileSync(join(place, 'config'), ['[user]', 'name = Ann', 'email = ann@example.com', ...lines].join('\n'))
}

beforeEach(() => {
  place = tempDir()
  worktree = join(place, 'work')
  mkdirSync(worktree)
  global()
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(place, 'config'))
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1')
  git('init', '--quiet', '.')
})

test('these files alone are committed, also the first time, and only once', () => {
  write('staged')
  git('add', 'staged')
  expect(commitFiles(worktree, [write(path)], 'Session: a')).toEqual({ isMade: true, isUnsigned: false })
  expect(git('show', '--name-only', '--format=%an <%ae> %s', 'HEAD')).toBe(`Ann <ann@example.com> Session: a\n\n${path}\n`)
  expect(git('status', '--porcelain')).toBe('A  staged\n')
  git('commit', '--quiet', '-m', 'more')
  const parent = git('rev-parse', 'HEAD')
  expect(commitFiles(worktree, [path], 'again').isMade).toBe(false)
  write(path, 'longer')
  const child = write('.opencode/sessions/a/ses_b.json')
  write('staged', 'changed')
  expect(commitFiles(worktree, [path, child], 'Session: more').isMade).toBe(true)
  expect(git('rev-parse', 'HEAD~1')).toBe(parent)
  expect(git('show', '--name-only', '--format=', 'HEAD')).toBe(`${path}\n${child}\n`)
  expect(git('status', '--porcelain')).toBe(' M staged\n')
  expect(git('log', '-g', '--format=%gs', '-1')).toBe('commit: Session: more\n')
  git('fsck', '--strict')
})

test('no hook runs, and nothing that the repository names to filter or sign', () => {
  for (const hook of ['pre-commit', 'commit-msg', 'post-commit', 'reference-transaction', 'post-index-change'])
    writeFileSync(join(worktree, '.git', 'hooks', hook), `#!/bin/sh\ntouch '${place}/hook.ran'\nexit 1\n`, { mode: 0o755 })
  git('config', 'commit.gpgSign', 'true')
  git('config', 'gpg.program', trap('gpg'))
  expect(commitFiles(worktree, [write(path)], 'Session: a')).toEqual({ isMade: true, isUnsigned: true })
  git('config', 'log.showSignature', 'true')
  const signed = git('cat-file', 'commit', 'HEAD').replace('\n\n', '\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n')
  const oid = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
    cwd: worktree,
    input: signed,
    encoding: 'utf8',
  })
  git('-c', 'core.hooksPath=/dev/null', 'update-ref', 'HEAD', oid.trim())
  expect(lastCommits(worktree, '.opencode/sessions').get(path)?.author).toBe('Ann')
  for (const name of ['gpg', 'hook']) expect(hasRun(name), name).toBe(false)
})

test('a filter of the repository is not run: the commit is refused before anything is done', () => {
  for (const kind of ['clean', 'process']) {
    git('config', `filter.evil.${kind}`, trap(kind))
    write('.gitattributes', '*.json filter=evil\n')
    expect(() => checkCommit(worktree, [path])).toThrow(
      expect.objectContaining({ code: 'refused', message: expect.stringContaining('filter.evil') }),
    )
    expect(() => commitFiles(worktree, [write(path)], 'x')).toThrow(/filter\.evil/)
    expect(hasRun(kind)).toBe(false)
    git('config', '--unset', `filter.evil.${kind}`)
  }
  // Where the repository's own settings replace one of the person.
  global('[filter "evil"]', `clean = ${trap('mine')}`)
  git('config', 'filter.evil.clean', trap('theirs'))
  expect(() => checkCommit(worktree, [path])).toThrow(/filter\.evil/)
  // Another file's filter is of no matter.
  write('.gitattributes', '*.txt filter=evil\n')
  checkCommit(worktree, [path])
})

test('a filter that the person has installed is run, as for Git LFS, and line ends are as attributes say', () => {
  global('[filter "lfs"]', `clean = ${trap('lfs')}; true`)
  write('.gitattributes', '.opencode/sessions/**/*.json filter=lfs\n*.txt text\n')
  checkCommit(worktree, [path])
  const text = write('.opencode/sessions/a/x.txt', 'one\r\ntwo\r\n')
  expect(commitFiles(worktree, [write(path), text], 'x').isMade).toBe(true)
  expect(hasRun('lfs')).toBe(true)
  expect(git('cat-file', 'blob', `HEAD:${text}`)).toBe('one\ntwo\n')
})

test.each(['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge'])('not while git has %s', (name) => {
  commitFiles(worktree, [write(path)], 'x')
  writeFileSync(join(worktree, '.git', name), git('rev-parse', 'HEAD'))
  expect(() => checkCommit(worktree, [path])).toThrow(
    expect.objectContaining({ code: 'refused', message: expect.stringContaining('is under way') }),
  )
})

test('ignored files, a detached HEAD, and the inside of a submodule', () => {
  write('.gitignore', '.opencode\n')
  expect(() => commitFiles(worktree, [write(path)], 'x')).toThrow(/a \.gitignore names them/)
  write('.gitignore', '')
  commitFiles(worktree, [path], 'x')
  git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'HEAD').trim()},sub`)
  git('commit', '--quiet', '-m', 'sub')
  expect(() => commitFiles(worktree, [write('sub/a.json')], 'x')).toThrow(/sub is a submodule/)
  git('checkout', '--quiet', '--detach')
  expect(() => checkCommit(worktree, [path])).toThrow(/HEAD is detached/)
})
