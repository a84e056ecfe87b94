import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { wholeOf } from '../base/file-bytes.ts'
import { plainSession, savedText } from '../testing/sessions.ts'
import { tempDir } from '../testing/temp.ts'
import { commitFiles } from './commit.ts'
import { readShelf } from './shelf.ts'
import { sessionsFolder, WorkTreeShelf } from './work-tree.ts'

function repository() {
  const worktree = realpathSync(tempDir())
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...args], {
      cwd: worktree,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  git('init', '--quiet', '.')
  git('config', 'user.name', 'Ann')
  git('config', 'user.email', 'ann@example.com')
  return { worktree, git }
}

const session = (name: string, more: object = {}) => savedText(plainSession(name, 1, more), null)
const child = (of: string) => session(`child${of}`, { parentID: `ses_${of}` })

test('what a sparse checkout leaves out is there all the same, and is written where it is', () => {
  const { worktree, git } = repository()
  const files = { 'a.json': session('a'), 'a/ses_childa.json': child('a'), 'b.json': session('b') }
  const shelf = new WorkTreeShelf(worktree)
  shelf.write(new Map(Object.entries(files)))
  const paths = Object.keys(files).map((path) => `${sessionsFolder}/${path}`)
  commitFiles(worktree, paths, 'Sessions')
  git('sparse-checkout', 'set', 'src')
  expect(existsSync(join(worktree, sessionsFolder))).toBe(false)
  const sparse = new WorkTreeShelf(worktree)
  expect(sparse.isSparse).toBe(true)
  expect(sparse.paths()).toEqual(Object.keys(files))
  for (const [path, text] of Object.entries(files)) expect(wholeOf(sparse.read(path)).toString()).toBe(text)
  expect(readShelf(sparse)).toMatchObject({ trees: [{ path: 'a.json' }, { path: 'b.json' }], problems: [] })
  // Nothing has changed, though nothing is here.
  expect(commitFiles(worktree, paths, 'again').isMade).toBe(false)
  sparse.write(new Map([['a.json', session('a', { title: 'longer' })]]))
  expect(wholeOf(new WorkTreeShelf(worktree).read('a.json')).toString()).toContain('longer')
  expect(new WorkTreeShelf(worktree).paths()).toEqual(Object.keys(files))
  expect(commitFiles(worktree, paths, 'more').isMade).toBe(true)
  expect(git('show', `HEAD:${sessionsFolder}/a.json`)).toContain('longer')
  expect(git('show', `HEAD:${sessionsFolder}/b.json`)).toBe(files['b.json'])
})

test('subagents whose session is gone are named, and hide nothing else', () => {
  const { worktree } = repository()
  const shelf = new WorkTreeShelf(worktree)
  shelf.write(
    new Map([
      ['gone/ses_childx.json', child('x')],
      ['b.json', session('b')],
    ]),
  )
  const { trees, problems } = readShelf(shelf)
  expect(trees.map(({ path }) => path)).toEqual(['b.json'])
  expect(problems).toEqual([
    { path: 'gone', reason: expect.stringMatching(/gone has the sessions of subagents, but gone\.json/) },
  ])
})

test('what a killed save has left is gone after the next one, and what somebody may be writing stays', () => {
  const { worktree } = repository()
  const shelf = new WorkTreeShelf(worktree)
  shelf.write(new Map(Object.entries({ 'a.json': session('a'), 'a/ses_childa.json': child('a') })))
  const folder = join(worktree, sessionsFolder)
  const long = Date.now() / 1000 - 7200
  const [left, growing] = ['.b.json.ffffff-1-01234567.tmp', '.c.json.ffffff-1-01234567.tmp']
  for (const path of [left, `a/${left}`, growing, '.mine.tmp']) writeFileSync(join(folder, path), '{')
  for (const path of [left, `a/${left}`, '.mine.tmp']) utimesSync(join(folder, path), long, long)
  shelf.write(new Map([['a.json', session('a', { title: 'again' })]]))
  expect(readdirSync(folder).sort()).toEqual([growing, '.mine.tmp', 'a', 'a.json'])
  expect(readdirSync(join(folder, 'a'))).toEqual(['ses_childa.json'])
})
