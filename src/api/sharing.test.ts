import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { redactionForComparing } from '../share/redaction.ts'
import type { Remote } from '../share/remote-address.ts'
import { emptyDatabase, plainSession, sessionFiles, sessionIn } from '../testing/sessions.ts'
import { tempDir } from '../testing/temp.ts'
import { importSessions } from '../transfer/import/import.ts'
import { loadPlanned, planNamed } from './load.ts'
import { saveFrom } from './save.ts'
import { savedEntries, savedTrees } from './saved.ts'
import { pullSaved, pushSaved, takeOut } from './share.ts'
import { openSharing, type Sharing } from './sharing.ts'

beforeEach(() => {
  // What is undone, and who has agreed to what, is this test's alone.
  vi.stubEnv('XDG_DATA_HOME', tempDir())
  onTestFinished(() => void vi.unstubAllEnvs())
})

const git = (directory: string, ...args: string[]) =>
  execFileSync('git', ['-C', directory, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args]).toString()

function repository(): string {
  const worktree = realpathSync(tempDir())
  git(worktree, 'init', '--quiet')
  for (const [name, value] of [
    ['user.name', 'Ann'],
    ['user.email', 'ann@example.org'],
  ]) {
    git(worktree, 'config', name!, value!)
  }
  return worktree
}

/** A database with sessions of a directory. */
async function databaseWith(worktree: string, ...sessions: readonly object[]): Promise<string> {
  const root = emptyDatabase()
  await importSessions([sessionFiles(...sessions)], { root, project: worktree, undo: tempDir() })
  return root
}

async function sharing<T>(worktree: string, root: string, run: (sharing: Sharing) => T, ref = false): Promise<Awaited<T>> {
  const opened = await openSharing({ directory: worktree, ref, roots: [root] }, redactionForComparing)
  try {
    return await run(opened)
  } finally {
    opened.catalog.close()
  }
}

const never = () => expect.unreachable()
const session = () => plainSession('a', 3, { title: 'Fix the parser' })

describe('save', () => {
  test('writes the session that is named, else the newest, and nothing when it is only asked', async () => {
    const worktree = repository()
    const newer = plainSession('b', 2, { title: 'Newer', time: { created: 2, updated: Date.UTC(2030, 1) } })
    const root = await databaseWith(worktree, session(), newer)
    const dry = await sharing(worktree, root, (open) => saveFrom(open, { dryRun: true, project: worktree }))
    expect(dry).toMatchObject({ title: 'Newer', result: 'written', isNew: true, commit: null })
    const named = await sharing(worktree, root, (open) => saveFrom(open, { session: session().info.id }))
    expect(named).toMatchObject({ title: 'Fix the parser', messages: 6, commit: null })
    expect(readdirSync(join(worktree, '.opencode/sessions'))).toEqual([named.path])
    expect(await sharing(worktree, root, (open) => saveFrom(open, { session: named.id }))).toMatchObject({ result: 'unchanged' })
  })

  test('commits nothing but its files', async () => {
    const worktree = repository()
    writeFileSync(join(worktree, 'other'), '')
    git(worktree, 'add', 'other')
    const root = await databaseWith(worktree, session())
    const saved = await sharing(worktree, root, (open) => saveFrom(open, { commit: true, project: worktree }))
    expect(saved.commit).toEqual({ isMade: true, isUnsigned: false })
    expect(git(worktree, 'show', '--format=%s', '--name-only').trim().split(/\n+/)).toEqual([
      'Session: Fix the parser',
      `.opencode/sessions/${saved.path}`,
    ])
    await expect(
      sharing(worktree, root, (open) => saveFrom(open, { commit: true, project: worktree }), true),
    ).rejects.toMatchObject({
      code: 'usage',
    })
  })
})

test('a saved session is loaded elsewhere, once', async () => {
  const worktree = repository()
  await sharing(worktree, await databaseWith(worktree, session()), (open) => saveFrom(open, { project: worktree }))
  const root = emptyDatabase()
  const plan = () => sharing(worktree, root, (open) => planNamed(open, { name: 'parser' }, never))
  const dry = await loadPlanned(await plan(), { root, dryRun: true })
  expect(dry.report).toMatchObject({ dryRun: true })
  expect(sessionIn(root, session().info.id)).toBeUndefined()
  const loaded = await loadPlanned(await plan(), { root })
  expect(loaded).toMatchObject({ title: 'Fix the parser', author: 'Ann', directory: worktree })
  expect(sessionIn(root, loaded.id)?.messages).toHaveLength(6)
  expect((await loadPlanned(await plan(), { root })).report).toBeNull()
  const standings = await sharing(worktree, root, async ({ shelf, local }) => {
    const found = []
    for await (const { title, standing } of savedEntries(savedTrees(shelf, never), shelf, local)) {
      found.push([title, standing.relation])
    }
    return found
  })
  expect(standings).toEqual([['Fix the parser', 'same']])
  await expect(sharing(worktree, root, (open) => planNamed(open, { name: 'lexer' }, never))).rejects.toMatchObject({
    code: 'not-found',
  })
})

describe('the ref', () => {
  test('goes to a remote of the person without a question, and comes from there; what is taken out is out', async () => {
    const [worktree, other, bare] = [repository(), repository(), realpathSync(tempDir())]
    git(bare, 'init', '--quiet', '--bare')
    for (const each of [worktree, other]) git(each, 'remote', 'add', 'origin', bare)
    const root = await databaseWith(worktree, session())
    const { path, id } = await sharing(worktree, root, (open) => saveFrom(open, { project: worktree }), true)
    expect(await pushSaved(worktree, never)).toMatchObject({ pushed: true })
    expect(pullSaved(other).received).toMatchObject([{ path, merged: 'new' }])
    expect(takeOut(worktree, 'parser')).toEqual({ id, files: [path] })
    await pushSaved(worktree, never)
    expect(pullSaved(other).received).toMatchObject([{ merged: 'removed' }])
    expect(() => takeOut(worktree, 'parser')).toThrow(expect.objectContaining({ code: 'not-found' }))
  })

  test('goes to an address that came with the repository only when somebody says so', async () => {
    const worktree = repository()
    const root = await databaseWith(worktree, session())
    await sharing(worktree, root, (open) => saveFrom(open, { project: worktree }), true)
    mkdirSync(join(worktree, '.opencode'), { recursive: true })
    const address = 'ssh://git@127.0.0.1:1/team/sessions.git'
    writeFileSync(join(worktree, '.opencode/ocvault.json'), JSON.stringify({ share: { remote: address } }))
    const asked: string[] = []
    const mayGoTo = async ({ name }: Remote) => {
      asked.push(name)
      return false
    }
    await expect(pushSaved(worktree, mayGoTo)).rejects.toMatchObject({ code: 'refused', message: 'nothing was pushed' })
    expect(asked).toEqual([address])
    expect(readFileSync(join(worktree, '.opencode/ocvault.json'), 'utf8')).toContain(address)
  })
})

test('outside of a repository nothing is shared', async () => {
  await expect(openSharing({ directory: tempDir(), ref: false }, redactionForComparing)).rejects.toThrow(
    expect.objectContaining({ code: expect.stringMatching(/refused|failed|not-found|usage/) }),
  )
})
