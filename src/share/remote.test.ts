import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { wholeOf } from '../base/file-bytes.ts'
import { plainSession, savedText } from '../testing/sessions.ts'
import { tempDir } from '../testing/temp.ts'
import { storeBlob } from './git-tree.ts'
import { RefShelf, sessionsRef } from './ref-shelf.ts'
import { pull as pullFrom, push as pushTo } from './remote.ts'
import type { Remote } from './remote-address.ts'
import { removeFrom } from './remove.ts'

function git(directory: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', ['-c', 'init.defaultBranch=main', ...args], { cwd: directory, env, encoding: 'utf8', stdio: 'pipe' })
}

/** A bare repository, and clones of it. */
function clones(count: number): string[] {
  const place = tempDir()
  git(place, 'init', '--quiet', '--bare', 'origin.git')
  return Array.from({ length: count }, (_item, index) => {
    git(place, 'clone', '--quiet', 'origin.git', `clone${index}`)
    return join(place, `clone${index}`)
  })
}

/** A remote out of git's own configuration. */
const named = (name: string): Remote => ({ name, isAddress: false, env: {} })
const push = (clone: string, name: string) => pushTo(clone, named(name))
const pull = (clone: string, name: string) => pullFrom(clone, named(name))

const session = (name: string, rounds = 1) => savedText(plainSession(name, rounds), null)
const put = (clone: string, files: Readonly<Record<string, string>>) => new RefShelf(clone).write(new Map(Object.entries(files)))
const filesIn = (clone: string) => {
  const shelf = new RefShelf(clone)
  return Object.fromEntries(shelf.paths().map((path) => [path, wholeOf(shelf.read(path)).toString()]))
}

test('sessions stand in a commit without parents, which is the same for the same content', () => {
  const [one = '', other = ''] = clones(2)
  put(one, { 'b.json': session('b') })
  put(one, { 'a.json': session('a'), 'a/child.json': session('child') })
  put(other, { 'b.json': session('b'), 'a/child.json': session('child'), 'a.json': session('a') })
  expect(new RefShelf(one).commit).toBe(new RefShelf(other).commit)
  expect(filesIn(one)).toEqual({ 'a.json': session('a'), 'a/child.json': session('child'), 'b.json': session('b') })
  expect(git(one, 'rev-list', '--count', sessionsRef).trim()).toBe('1')
  expect(git(one, 'status', '--porcelain')).toBe('')
})

test('who writes on what was changed since is told, and changes nothing', () => {
  const [clone = ''] = clones(1)
  put(clone, { 'a.json': session('a') })
  const slow = new RefShelf(clone)
  slow.paths()
  put(clone, { 'b.json': session('b') })
  expect(() => slow.write(new Map([['c.json', session('c')]]))).toThrow(/changed at the same moment/)
  expect(Object.keys(filesIn(clone))).toEqual(['a.json', 'b.json'])
})

describe('push and pull', () => {
  test('everyone has everything in the end, whoever pushes when', () => {
    const [one = '', two = '', three = ''] = clones(3)
    put(one, { 'a.json': session('a'), 'shared.json': session('shared', 1) })
    put(two, { 'b.json': session('b'), 'shared.json': session('shared', 2) })
    expect(push(one, 'origin')).toMatchObject({ pushed: true, received: [] })
    // Theirs is older than ours, and stays out.
    expect(push(two, 'origin')).toMatchObject({ pushed: true, received: [{ path: 'a.json', merged: 'new' }] })
    expect(pull(one, 'origin').received).toEqual([
      { path: 'b.json', merged: 'new' },
      { path: 'shared.json', merged: 'updated' },
    ])
    expect(push(one, 'origin')).toMatchObject({ pushed: false, received: [] })
    pull(three, 'origin')
    const all = { 'a.json': session('a'), 'b.json': session('b'), 'shared.json': session('shared', 2) }
    for (const clone of [one, two, three]) expect(filesIn(clone)).toEqual(all)
  })

  test('a session that went two ways is kept twice, and only twice', () => {
    const [one = '', two = ''] = clones(2)
    const line = (name: string) => {
      const plain = plainSession('s', 2)
      for (const message of plain.messages.slice(2)) message.info.id += name
      return savedText(plain, name)
    }
    put(one, { 's.json': line('One') })
    put(two, { 's.json': line('Two') })
    push(one, 'origin')
    expect(push(two, 'origin').received).toEqual([{ path: 's-2.json', merged: 'beside' }])
    expect(pull(one, 'origin').received).toEqual([{ path: 's-2.json', merged: 'beside' }])
    for (const clone of [one, two]) expect(Object.values(filesIn(clone)).sort()).toEqual([line('One'), line('Two')])
    for (const clone of [one, two]) expect(push(clone, 'origin').received).toEqual([])
  })

  test('two sessions of one name both stay, and so do the files of their subagents', () => {
    const [one = '', two = ''] = clones(2)
    const child = (of: string) => savedText(plainSession(`child${of}`, 1, { parentID: `ses_${of}` }), null)
    put(one, { 'x.json': session('one'), 'x/ses_childone.json': child('one') })
    put(two, { 'x.json': session('two'), 'x/ses_childtwo.json': child('two') })
    push(one, 'origin')
    push(two, 'origin')
    expect(filesIn(two)).toEqual({
      'x.json': session('two'),
      'x/ses_childtwo.json': child('two'),
      'x-2.json': session('one'),
      'x-2/ses_childone.json': child('one'),
    })
  })

  test('what this release cannot read is carried all the same', () => {
    const [one = '', two = ''] = clones(2)
    const newer = session('n').replace('"format":1', '"format":7')
    put(one, { 'n.json': newer, 'deep/er/than.txt': 'this release knows' })
    put(two, { 'n.json': session('other') })
    push(one, 'origin')
    push(two, 'origin')
    expect(filesIn(two)).toEqual({ 'n.json': session('other'), 'n-2.json': newer })
    put(one, { 'more.json': session('more') })
    expect(git(one, 'ls-tree', '-r', '--name-only', sessionsRef)).toContain('deep/er/than.txt')
  })

  test('what is no session, or of a newer release, is carried, and the newer version of it wins', () => {
    const [one = '', two = ''] = clones(2)
    const newer = (text: string) => session('n').replace('"format":1', '"format":7').replace('question', text)
    const entry = (clone: string, path: string) => git(clone, 'ls-tree', '-r', sessionsRef, '--', path).split('\t')[0]
    put(one, { 'a.json': session('a'), 'README.md': 'one', 'run.sh': 'x', 'n.json': newer('first'), 'n/ses_c.json': 'of it' })
    // A link, and a file that may be run.
    const [link, script] = ['where', '#!/bin/sh'].map((text) => storeBlob(one, Buffer.from(text)))
    const odd = { link: { mode: '120000', type: 'blob', oid: link! }, 'run.sh': { mode: '100755', type: 'blob', oid: script! } }
    new RefShelf(one).change({ put: new Map(Object.entries(odd)), out: [] })
    push(one, 'origin')
    put(two, { 'b.json': session('b') })
    expect(push(two, 'origin')).toMatchObject({ pushed: true })
    const all = ['README.md', 'a.json', 'b.json', 'link', 'n.json', 'n/ses_c.json', 'run.sh']
    const names = (clone: string) => git(clone, 'ls-tree', '-r', '--name-only', sessionsRef).trim().split('\n')
    expect(names(two)).toEqual(all)
    expect(entry(two, 'link')).toMatch(/^120000/)
    expect(entry(two, 'run.sh')).toMatch(/^100755/)
    // Two changes both; one takes it in place, as it has changed nothing of it.
    put(two, { 'README.md': 'two', 'n.json': newer('second') })
    push(two, 'origin')
    expect(pull(one, 'origin').received).toEqual([
      { path: 'b.json', merged: 'new' },
      { path: 'n.json', merged: 'updated' },
    ])
    expect(names(one)).toEqual(all)
    expect(filesIn(one)).toEqual(filesIn(two))
    // Both change it: neither is lost, and it is settled with that.
    put(one, { 'README.md': 'one again' })
    put(two, { 'README.md': 'two again' })
    push(one, 'origin')
    push(two, 'origin')
    pull(one, 'origin')
    expect(names(one)).toEqual(['README-2.md', ...all])
    expect(push(one, 'origin')).toMatchObject({ pushed: false })
    expect(push(two, 'origin')).toMatchObject({ pushed: false })
  })

  test('a folder where the other has a file', () => {
    const [one = '', two = ''] = clones(2)
    put(one, { notes: 'a file' })
    put(two, { 'notes/day.txt': 'in a folder' })
    push(one, 'origin')
    push(two, 'origin')
    pull(one, 'origin')
    for (const clone of [one, two]) {
      expect(git(clone, 'ls-tree', '-r', '--name-only', sessionsRef).trim().split('\n')).toEqual(
        ['notes-2', 'notes/day.txt'].sort(),
      )
    }
  })

  test('what was taken out stays out, whoever still has it, and everybody is told', () => {
    const [one = '', two = '', three = ''] = clones(3)
    put(one, {
      'a.json': session('a'),
      'a/ses_c.json': savedText(plainSession('c', 1, { parentID: 'ses_a' }), null),
      'b.json': session('b'),
    })
    push(one, 'origin')
    pull(two, 'origin')
    pull(three, 'origin')
    put(three, { 'a.json': session('a', 5) })
    expect(removeFrom(new RefShelf(one), 'a', 1)).toEqual({ id: 'ses_a', files: ['a.json', 'a/ses_c.json'] })
    expect(push(one, 'origin')).toMatchObject({ pushed: true, received: [] })
    expect(pull(two, 'origin').received).toEqual([{ path: 'a.json', merged: 'removed' }])
    expect(pull(two, 'origin').received).toEqual([])
    // Three has gone on with it, and knows of nothing.
    expect(push(three, 'origin').received).toEqual([{ path: 'a.json', merged: 'removed' }])
    pull(one, 'origin')
    for (const clone of [one, two, three]) expect(Object.keys(filesIn(clone))).toEqual(['b.json'])
    // Somebody saves it again on purpose; that is the later word, even by a clock that is slow.
    const shelf = new RefShelf(two)
    expect(shelf.isRemoved('ses_a')).toBe(true)
    shelf.write(new Map([['a.json', session('a')], shelf.bringBack('ses_a', 0)]))
    push(two, 'origin')
    expect(pull(three, 'origin').received).toEqual([{ path: 'a.json', merged: 'new' }])
    expect(push(three, 'origin')).toMatchObject({ pushed: false })
  })

  test('what cannot be read, and what is no session, can be taken out, too', () => {
    const [one = '', two = ''] = clones(2)
    put(one, {
      'n.json': '{"half',
      'n/ses_c.json': session('c'),
      'README.md': 'x',
      'a.json': session('a'),
      'ab.json': session('b'),
    })
    push(one, 'origin')
    pull(two, 'origin')
    const remove = (name: string) => removeFrom(new RefShelf(one), name, 1)
    expect(() => remove('nothing')).toThrow(/nothing in .* is called "nothing"/)
    expect(() => remove('question')).toThrow(/is called/)
    expect(() => remove('.json')).toThrow(/could be a\.json, ab\.json: name one/)
    expect(remove('n.json')).toEqual({ id: null, files: ['n.json', 'n/ses_c.json'] })
    expect(remove('README.md')).toEqual({ id: null, files: ['README.md'] })
    push(one, 'origin')
    push(two, 'origin')
    expect(Object.keys(filesIn(two))).toEqual(['a.json', 'ab.json'])
    expect(git(two, 'ls-tree', '--name-only', sessionsRef)).not.toContain('README')
    // Another file of that name is another file.
    put(two, { 'README.md': 'y' })
    push(two, 'origin')
    pull(one, 'origin')
    expect(git(one, 'ls-tree', '--name-only', sessionsRef)).toContain('README.md')
  })

  test('a push that meets another one takes it in and tries again', () => {
    const [one = '', two = ''] = clones(2)
    put(one, { 'a.json': session('a') })
    put(two, { 'b.json': session('b') })
    push(two, 'origin')
    // The remote's own hook lets somebody else's push come first, once.
    const origin = join(one, '..', 'origin.git')
    const hook = join(origin, 'hooks', 'pre-receive')
    git(two, 'push', '--quiet', 'origin', `${sessionsRef}:refs/heads/other`)
    put(two, { 'c.json': session('c') })
    git(two, 'push', '--quiet', 'origin', `+${sessionsRef}:refs/heads/other`)
    writeFileSync(
      hook,
      `#!/bin/sh\n[ -f done ] && exit 0\ntouch done\nunset GIT_QUARANTINE_PATH\ngit update-ref ${sessionsRef} refs/heads/other\n`,
      { mode: 0o755 },
    )
    expect(push(one, 'origin')).toMatchObject({ pushed: true, received: [{ path: 'b.json' }, { path: 'c.json' }] })
    expect(Object.keys(filesIn(one))).toEqual(['a.json', 'b.json', 'c.json'])
    pull(two, 'origin')
    expect(filesIn(two)).toEqual(filesIn(one))
  })

  test('nothing saved, no remote, and a remote that is a program', () => {
    const [clone = ''] = clones(1)
    expect(() => push(clone, 'origin')).toThrow(expect.objectContaining({ hint: 'save' }))
    expect(pull(clone, 'origin').received).toEqual([])
    put(clone, { 'a.json': session('a') })
    expect(() => push(clone, 'nowhere')).toThrow(/nowhere cannot be asked/)
    const mark = join(clone, 'mark')
    expect(() => push(clone, `ext::sh -c touch% ${mark}`)).toThrow(/cannot be asked/)
    expect(() => readFileSync(mark)).toThrow()
  })

  test('a hook that declines is asked once, and what it says is passed on', () => {
    const [clone = ''] = clones(1)
    put(clone, { 'a.json': session('a') })
    const asked = join(clone, '..', 'asked')
    const hook = `#!/bin/sh\necho x >> '${asked}'\necho '==== ' >&2\necho 'error: no sessions on Fridays' >&2\necho 'ask Ann' >&2\nexit 1\n`
    writeFileSync(join(clone, '..', 'origin.git', 'hooks', 'pre-receive'), hook, { mode: 0o755 })
    expect(() => push(clone, 'origin')).toThrow(
      /^origin does not take the sessions: \[remote rejected\] \(pre-receive hook declined\): no sessions on Fridays ask Ann$/,
    )
    expect(readFileSync(asked, 'utf8')).toBe('x\n')
  })

  test('another repository', () => {
    const [clone = '', other = ''] = clones(2)
    const place = tempDir()
    git(place, 'init', '--quiet', '--bare', 'sessions.git')
    put(clone, { 'a.json': session('a') })
    expect(push(clone, join(place, 'sessions.git'))).toMatchObject({ pushed: true })
    expect(pull(other, 'origin').received).toEqual([])
    pull(other, join(place, 'sessions.git'))
    expect(filesIn(other)).toEqual(filesIn(clone))
  })
})
