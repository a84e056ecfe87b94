import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { locateProject, originOf, projectSlug, remoteProjectID, rootCommitsAmong } from './project.ts'

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
const who = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'init.defaultBranch=main']
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

function repository(): { root: string; first: string } {
  const root = realpathSync(tempDir())
  git(root, 'init', '-q')
  git(root, 'commit', '-q', '--allow-empty', '-m', 'first')
  return { root, first: git(root, 'rev-parse', 'HEAD') }
}

describe('the id that a remote gives', () => {
  // What 1.18.33 wrote into .git/opencode for each of these.
  test.each([
    ['git@github.com:Foo/Bar.git', 'github.com/Foo/Bar'],
    ['https://GitHub.com/Foo/Bar.git/', 'github.com/Foo/Bar'],
    ['ssh://git@Example.com:2222/Foo/Bar.git', 'example.com/Foo/Bar'],
    ['https://user:pw@example.com:8443/a/b.git', 'example.com/a/b'],
    ['git@example.com:/abs/x.git', 'example.com/abs/x'],
    ['git://example.com/~u/x', 'example.com/~u/x'],
    ['https://example.com/a%20b.git', 'example.com/a%20b'],
  ])('%s is that of %s', (url, place) => expect(remoteProjectID(url)).toBe(sha1(`git-remote:${place}`)))

  test.each(['file:///a/b', '/local/path', 'host:some/path', 'C:/x/y', '', 'https://'])('%s gives none', (url) =>
    expect(remoteProjectID(url)).toBeUndefined(),
  )

  test('is that of origin, not of another remote', () => {
    const config =
      '[remote "upstream"]\n\turl = https://a.example/x.git\n[remote "origin"]\n\tfetch = +refs\n\turl = https://b.example/y.git\n[branch "main"]\n\turl = no\n'
    expect(originOf(config)).toBe('https://b.example/y.git')
    expect(originOf('[remote "upstream"]\n\turl = x\n')).toBeUndefined()
  })
})

describe('where a directory belongs', () => {
  test('in a repository: its root, the cached id, the remote, the slug; from any folder below', () => {
    const { root } = repository()
    git(root, 'remote', 'add', 'origin', 'git@github.com:Foo/Bar.git')
    writeFileSync(join(root, '.git/opencode'), 'cafe\n')
    mkdirSync(join(root, 'src/deep'), { recursive: true })
    const place = locateProject(join(root, 'src/deep'))
    expect(place.worktree).toBe(root)
    expect(place.ids).toEqual(['cafe', sha1('git-remote:github.com/Foo/Bar'), projectSlug(root)])
  })

  test('in a linked work tree: its own root, and the ids of the repository', () => {
    const { root } = repository()
    writeFileSync(join(root, '.git/opencode'), 'cafe')
    const linked = join(realpathSync(tempDir()), 'linked')
    git(root, 'worktree', 'add', '-q', linked)
    const place = locateProject(linked)
    expect(place).toMatchObject({ worktree: linked, gitDir: join(root, '.git') })
    expect(place.ids).toContain('cafe')
  })

  test('outside of git: itself, under both its names, with the id of 2.x', () => {
    const real = join(realpathSync(tempDir()), 'real')
    mkdirSync(real)
    const link = join(realpathSync(tempDir()), 'link')
    symlinkSync(real, link)
    const place = locateProject(link)
    expect(place).toMatchObject({ gitDir: undefined, worktree: real, directories: [link, real] })
    expect(place.ids).toContain(sha1(`directory:${real}`))
  })

  test.each(['C:\\Users\\me\\proj', 'q:/proj', '\\\\server\\share'])(
    'of Windows, seen from elsewhere, %s: its name',
    (directory) => {
      expect(locateProject(directory)).toMatchObject({ gitDir: undefined, worktree: directory, directories: [directory] })
    },
  )

  test('of a directory that is gone: its name', () =>
    expect(locateProject('/no/such/place').directories).toEqual(['/no/such/place']))

  test('0.5.29 and before named projects after the path', () => expect(projectSlug('/tmp/x/pro.j é')).toBe('tmp-x-pro-j--'))
})

describe('root commits', () => {
  test('are told from other commits and from ids of other repositories, in a history with two roots', () => {
    const { root, first } = repository()
    git(root, 'commit', '-q', '--allow-empty', '-m', 'second')
    const second = git(root, 'rev-parse', 'HEAD')
    git(root, 'checkout', '-q', '--orphan', 'other')
    git(root, 'commit', '-q', '--allow-empty', '-m', 'another root')
    const other = git(root, 'rev-parse', 'HEAD')
    expect(rootCommitsAmong(join(root, '.git'), [first, second, other, 'f'.repeat(40), 'global', '--all']).toSorted()).toEqual(
      [first, other].toSorted(),
    )
  })

  test('of a shallow clone are its boundary, as git says', () => {
    const { root } = repository()
    git(root, 'commit', '-q', '--allow-empty', '-m', 'second')
    const clone = join(realpathSync(tempDir()), 'clone')
    git(root, 'clone', '-q', '--depth', '1', `file://${root}`, clone)
    const head = git(clone, 'rev-parse', 'HEAD')
    expect(git(clone, 'rev-list', '--max-parents=0', 'HEAD')).toBe(head)
    expect(rootCommitsAmong(join(clone, '.git'), [head])).toEqual([head])
  })

  test('are asked of git once a minute', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { root, first } = repository()
    const gitDir = join(root, '.git')
    expect(rootCommitsAmong(gitDir, [first])).toEqual([first])
    renameSync(join(gitDir, 'objects'), join(gitDir, 'elsewhere'))
    mkdirSync(join(gitDir, 'objects'))
    vi.advanceTimersByTime(59_000)
    expect(rootCommitsAmong(gitDir, [first])).toEqual([first])
    vi.advanceTimersByTime(2000)
    expect(rootCommitsAmong(gitDir, [first])).toEqual([])
    vi.useRealTimers()
  })

  test('are none where there is no repository', () => expect(rootCommitsAmong('/no/such/.git', ['a'.repeat(40)])).toEqual([]))
})
