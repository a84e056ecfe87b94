import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../../testing/temp.ts'
import { locationOf, ownProject } from './location.ts'
import { pathMap } from './path-map.ts'

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')

/** A repository with one commit, and a folder in it. */
function repository(): { root: string; sub: string; commit: string } {
  const root = realpathSync(tempDir())
  const sub = join(root, 'src', 'deep')
  mkdirSync(sub, { recursive: true })
  git(root, 'init')
  git(root, 'commit', '--allow-empty', '-m', 'first')
  return { root, sub, commit: git(root, 'rev-parse', 'HEAD') }
}

describe('where sessions go', () => {
  test('is told by the root commit, from any folder of the repository', () => {
    const { root, sub, commit } = repository()
    expect(locationOf(sub, 'v1', true)).toEqual({
      project: { id: commit, worktree: root, vcs: 'git' },
      directory: sub,
      path: 'src/deep',
    })
    expect(locationOf(root, 'v2', true)).toMatchObject({ project: { id: commit }, path: '' })
  })

  test('is told by what OpenCode has noted before that', () => {
    const { root } = repository()
    writeFileSync(join(root, '.git', 'opencode'), 'a'.repeat(40))
    expect(locationOf(root, 'v1', true).project.id).toBe('a'.repeat(40))
  })

  test('is told by the remote before all, since 1.15', () => {
    const { root } = repository()
    writeFileSync(join(root, '.git', 'opencode'), 'a'.repeat(40))
    git(root, 'remote', 'add', 'origin', 'git@github.com:Foo/Bar.git')
    expect(locationOf(root, 'v1', true).project.id).toBe(sha1('git-remote:github.com/Foo/Bar'))
    expect(locationOf(root, 'v1', false).project.id).toBe('a'.repeat(40))
  })

  test('in a linked work tree is the project of the main one', () => {
    const { root, commit } = repository()
    const linked = join(realpathSync(tempDir()), 'linked')
    git(root, 'worktree', 'add', linked)
    expect(locationOf(linked, 'v1', true)).toEqual({
      project: { id: commit, worktree: root, vcs: 'git' },
      directory: linked,
      path: '',
    })
  })

  test('outside of git is one project in 1.x, and one for each directory in 2.x', () => {
    const directory = realpathSync(tempDir())
    const path = directory.slice(1).replaceAll('\\', '/')
    expect(locationOf(directory, 'v1', true)).toEqual({ project: { id: 'global', worktree: '/', vcs: null }, directory, path })
    expect(locationOf(directory, 'v2', true)).toMatchObject({
      project: { id: sha1(`directory:${directory}`), worktree: directory },
    })
  })

  test('without a commit is no project yet', () => {
    const root = realpathSync(tempDir())
    git(root, 'init')
    expect(locationOf(root, 'v1', true).project.id).toBe('global')
  })
})

describe('the project that a session keeps', () => {
  const same = (path: string) => path

  test('has the work tree that its source knows, else what directory and path say', () => {
    const info = { id: 'abc', directory: '/work/parser/src', path: 'src' }
    expect(ownProject(info, undefined, same)).toEqual({ id: 'abc', worktree: '/work/parser', vcs: 'git' })
    expect(ownProject({ ...info, path: null }, undefined, same).worktree).toBe('/work/parser/src')
    const record = { id: 'abc', worktree: '/main', directories: [] }
    expect(ownProject(info, record, pathMap([['/main', '/other']])).worktree).toBe('/other')
    expect(ownProject({ ...info, id: 'global' }, record, same)).toEqual({ id: 'global', worktree: '/', vcs: null })
  })
})

describe('a directory that has moved', () => {
  test.each([
    [['/old', '/new'], '/old/a/b', '/new/a/b'],
    [['/old/', '/new/'], '/old', '/new'],
    [['/old', '/new'], '/older/a', '/older/a'],
    [['/', '/mnt'], '/a', '/mnt/a'],
    [['C:\\work', '/home/me/work'], 'C:\\work\\a\\b', '/home/me/work/a/b'],
    [['c:/work', 'D:\\w'], 'C:\\work\\a', 'D:\\w\\a'],
    [['/old', '/'], '/old/a', '/a'],
  ] as const)('%j makes of %s %s', (pair, path, moved) => {
    expect(pathMap([pair])(path)).toBe(moved)
  })

  test('is that of the first pair that fits', () => {
    expect(
      pathMap([
        ['/a/b', '/x'],
        ['/a', '/y'],
      ])('/a/b/c'),
    ).toBe('/x/c')
  })
})
