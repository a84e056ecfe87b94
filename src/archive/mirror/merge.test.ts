import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { forget } from '../../testing/database.ts'
import { backup, contentOf, database, listOf, say } from '../../testing/mirrors.ts'
import { tempDir } from '../../testing/temp.ts'
import { conflictSides } from './conflict.ts'

const settings = [
  '-c',
  'user.name=Dev',
  '-c',
  'user.email=dev@example.com',
  '-c',
  'init.defaultBranch=main',
  '-c',
  'commit.gpgsign=false',
]
const git = (folder: string, ...args: string[]) =>
  execFileSync('git', [...settings, ...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const commit = (folder: string, message: string) => {
  git(folder, 'add', '-A')
  git(folder, 'commit', '--quiet', '--allow-empty', '-m', message)
}

/** Two machines with the same two sessions in their stores, and what both say of a session that they continue. */
function twoStores() {
  const here = database()
  const path = join(tempDir(), 'opencode.db')
  cpSync(here.path, path)
  const there = new DatabaseSync(path)
  return {
    here: here.path,
    there: path,
    say: (who: 'here' | 'there', session: string, text: string, time: number) =>
      say(who === 'here' ? here : there, session, `${who}${time}`, text, time),
  }
}

const haveGit = spawnSync('git', ['--version']).status === 0

test.runIf(haveGit)('in a git repository: nothing to commit after a run that changed nothing', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  await backup(db.path, mirror)
  git(mirror, 'init', '--quiet')
  commit(mirror, 'first')
  await backup(db.path, mirror)
  expect(git(mirror, 'status', '--porcelain')).toBe('')
  say(db, 'ses_a', 'a2', 'second of a', 3000)
  await backup(db.path, mirror)
  expect(
    git(mirror, 'status', '--porcelain')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.slice(3)),
  ).toEqual(['.ocvault/machines/one.json', 'manifest.json', 'sessions/ses_a.json'])
  // A clone has what is needed to go on, though git keeps no empty folders.
  commit(mirror, 'second')
  const clone = join(tempDir(), 'clone')
  git(mirror, 'clone', '--quiet', mirror, clone)
  await contentOf(clone)
  expect((await backup(db.path, clone)).changed).toBe(false)
  db.done()
})

test.runIf(haveGit)('in a git repository: a merge with conflicts is taken in, and both versions are kept', async () => {
  const mine = join(tempDir(), 'mine')
  const stores = twoStores()
  await backup(stores.here, mine, 'one')
  git(mine, 'init', '--quiet')
  commit(mine, 'first')
  const yours = join(tempDir(), 'yours')
  git(mine, 'clone', '--quiet', mine, yours)
  await backup(stores.there, yours, 'two')
  commit(yours, 'the other machine')
  stores.say('here', 'ses_a', 'here goes on', 4000)
  stores.say('there', 'ses_a', 'there goes on', 4001)
  stores.say('there', 'ses_b', 'b goes on', 4002)
  await backup(stores.here, mine, 'one')
  commit(mine, 'here')
  await backup(stores.there, yours, 'two')
  // What was held by two is not overwritten by one that lacks a message: here the other machine knows nothing of it yet.
  writeFileSync(join(yours, 'sessions/ses_a.json'), forced(yours))
  commit(yours, 'there')
  const merged = spawnSync('git', [...settings, 'pull', '--no-rebase', '--no-edit', yours, 'main'], {
    cwd: mine,
    encoding: 'utf8',
  })
  expect(merged.stdout).toContain('CONFLICT')
  expect(readFileSync(join(mine, 'sessions/ses_a.json'), 'utf8')).toContain('<<<<<<<')
  expect(readFileSync(join(mine, 'manifest.json'), 'utf8')).toContain('<<<<<<<')

  await backup(stores.here, mine, 'one')
  const content = await contentOf(mine)
  expect(content['sessions/ses_b.json']).toEqual(['first of b', 'b goes on'])
  const versions = Object.entries(content).filter(([name]) => name.includes('/ses_a.'))
  expect(versions.map(([, texts]) => texts.at(-1)).sort()).toEqual(['here goes on', 'there goes on'])
  commit(mine, 'merged')
  await backup(stores.here, mine, 'one')
  expect(git(mine, 'status', '--porcelain')).toBe('')
  // And on the other machine.
  git(yours, 'pull', '--quiet', '--no-rebase', mine, 'main')
  await backup(stores.there, yours, 'two')
  const both = Object.entries(await contentOf(yours)).filter(([name]) => name.includes('/ses_a.'))
  expect(new Set(both.map(([, texts]) => texts.at(-1)))).toEqual(new Set(['here goes on', 'there goes on']))
})

/** The session's file as this machine has it, which it keeps as a copy. */
function forced(mirror: string): Buffer {
  const copy = readdirSync(join(mirror, 'copies')).find((name) => name.startsWith('ses_a.'))
  return readFileSync(join(mirror, copy ? `copies/${copy}` : 'sessions/ses_a.json'))
}

test.each([
  'ses_a.sync-conflict-20261121-133000-ABCDEFG.json',
  'ses_a (Dev’s conflicted copy 2026-11-21).json',
  'ses_a~HEAD.json',
  'ses_a 2.json',
])('what a syncer has kept beside it is taken in: %s', async (name) => {
  const mirror = join(tempDir(), 'mirror')
  const other = join(tempDir(), 'other')
  const stores = twoStores()
  await backup(stores.here, mirror, 'one')
  await backup(stores.there, other, 'two')
  stores.say('here', 'ses_a', 'here goes on', 4000)
  stores.say('there', 'ses_a', 'there goes on', 4001)
  await backup(stores.here, mirror, 'one')
  await backup(stores.there, other, 'two')
  // The syncer brings everything of the other machine, what is in two versions under another name.
  cpSync(join(other, 'sessions/ses_a.json'), join(mirror, 'sessions', name))
  cpSync(join(other, 'sessions/ses_b.json'), join(mirror, 'sessions', name.replace('ses_a', 'ses_b')))
  cpSync(join(other, 'manifest.json'), join(mirror, name.replace('ses_a', 'manifest')))
  cpSync(join(other, '.ocvault/machines/two.json'), join(mirror, '.ocvault/machines/two.json'))
  for (const [machine, store] of [
    ['one', stores.here],
    ['two', stores.there],
    ['one', stores.here],
  ] as const) {
    await backup(store, mirror, machine)
    const content = await contentOf(mirror)
    const versions = Object.entries(content).filter(([entry]) => entry.includes('/ses_a.'))
    expect(new Set(versions.map(([, texts]) => texts.at(-1)))).toEqual(new Set(['here goes on', 'there goes on']))
    // One that says nothing of its own is gone.
    expect(Object.keys(content).filter((entry) => entry.includes('/ses_b'))).toEqual(['sessions/ses_b.json'])
    expect(readdirSync(join(mirror, 'sessions')).sort()).toEqual(['ses_a.json', 'ses_b.json', 'ses_c.json'])
  }
  expect(readdirSync(mirror).filter((entry) => entry.startsWith('manifest'))).toEqual(['manifest.json'])
})

test('a session of a machine that nobody knows is kept', async () => {
  const [mirror, other] = [join(tempDir(), 'mirror'), join(tempDir(), 'other')]
  const db = database()
  await backup(db.path, other, 'two')
  const plain = new DatabaseSync(db.path)
  forget(plain, 'ses_c')
  plain.close()
  await backup(db.path, mirror, 'one')
  cpSync(join(other, 'sessions/ses_c.json'), join(mirror, 'sessions/ses_c.json'))
  await backup(db.path, mirror, 'one')
  expect((await contentOf(mirror))['sessions/ses_c.json']).toEqual(['first of c'])
  expect((await listOf(mirror)).map(({ id, deleted }) => [id, deleted])).toEqual(
    ['ses_a', 'ses_b', 'ses_c'].map((id) => [id, undefined]),
  )
  expect((await backup(db.path, mirror, 'one')).changed).toBe(false)
  db.done()
})

test('what is no session is named and left alone', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database().done()
  await backup(db, mirror)
  writeFileSync(join(mirror, 'sessions/notes.json'), '{"mine": true}')
  const problems: string[] = []
  await backup(db, mirror, 'one', { onProblem: (path: string) => problems.push(path) })
  expect(problems).toEqual([join(mirror, 'sessions/notes.json')])
  expect(existsSync(join(mirror, 'sessions/notes.json'))).toBe(true)
  await contentOf(mirror)
})

test('a mirror that has lost its manifest, or what the machines know, gets both again', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database().done()
  await backup(db, mirror)
  const before = await contentOf(mirror)
  rmSync(join(mirror, 'manifest.json'))
  await backup(db, mirror)
  expect(await contentOf(mirror)).toEqual(before)
  rmSync(join(mirror, '.ocvault'), { recursive: true })
  await backup(db, mirror)
  expect(await contentOf(mirror)).toEqual(before)
  renameSync(join(mirror, '.ocvault/machines/one.json'), join(mirror, '.ocvault/machines/one (conflict).json'))
  await backup(db, mirror)
  expect(await contentOf(mirror)).toEqual(before)
  expect(readdirSync(join(mirror, '.ocvault/machines'))).toEqual(['one.json'])
})

test('the sides of a conflict that git has marked', () => {
  const ours = 'a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\nd\n'
  expect(conflictSides(ours)).toEqual(['a\nb\nd\n', 'a\nc\nd\n'])
  expect(conflictSides('<<<<<<< HEAD\nb\n||||||| 1a2b\nx\n=======\n>>>>>>> main')).toEqual(['b', ''])
  expect(conflictSides('a\n<<<<<<< HEAD\nb\n')).toBeUndefined()
  expect(conflictSides('"text": "\\n=======\\n"')).toBeUndefined()
})
