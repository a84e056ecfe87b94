import { cpSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { fingerprint } from './support/files.ts'
import { git, initRepository } from './support/git.ts'
import { fixture, json, output, run, type SessionJSON, type ShowJSON, type WhereJSON } from './support/ocvault.ts'
import { epoch, type SessionSpec, writeDatabase, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

/** Which sessions are found where, and what is told of them: the scope of a directory, list, show, where. */

const sample = fixture('1.18.33')
const root = ['--root', sample]
const ids = (sessions: readonly { id: string }[]) => sessions.map(({ id }) => id)

describe('which sessions a directory has', () => {
  const home = tempDir('scope')
  const place = (name: string) => join(realpathSync(home), 'work', name)
  let worktree: string

  beforeAll(() => {
    const own = initRepository(place('own'))
    const other = initRepository(place('other'))
    const nested = initRepository(place('own/vendor/nested'))
    mkdirSync(place('own/src'))
    mkdirSync(place('plain/below'), { recursive: true })
    mkdirSync(place('plain2'))
    worktree = place('own-worktree')
    git(own.directory, 'worktree', 'add', '--quiet', worktree)
    const at = (directory: string, projectID: string) => ({ directory, projectID })
    writeHome(
      home,
      [
        { id: 'ses_1own', ...at(place('own'), own.root) },
        { id: 'ses_2src', ...at(place('own/src'), own.root), updated: epoch + 5000 },
        { id: 'ses_3worktree', ...at(worktree, own.root) },
        { id: 'ses_4left', ...at(place('own'), 'global') },
        { id: 'ses_5renamed', ...at(place('own/src'), 'f'.repeat(40)) },
        { id: 'ses_6other', ...at(place('other'), other.root) },
        { id: 'ses_7nested', ...at(nested.directory, nested.root) },
        { id: 'ses_8plain', ...at(place('plain/below'), 'global') },
        { id: 'ses_9plain2', ...at(place('plain2'), 'global'), updated: epoch + 9000 },
      ],
      { [own.root]: place('own'), [other.root]: place('other'), [nested.root]: nested.directory },
    )
  })

  const list = async (cwd: string, ...args: string[]) => ids(await json<SessionJSON[]>(['list', ...args], { home, cwd })).sort()
  const own = ['ses_1own', 'ses_2src', 'ses_3worktree', 'ses_4left', 'ses_5renamed']
  const all = [...own, 'ses_6other', 'ses_7nested', 'ses_8plain', 'ses_9plain2']

  test('in its root, and in a directory below', async () => {
    expect(await list(place('own'))).toEqual(own)
    expect(await list(place('own/src'))).toEqual(own)
  })

  test('in a linked work tree: the same project', async () => {
    expect(await list(worktree)).toEqual(expect.arrayContaining(['ses_1own', 'ses_2src', 'ses_3worktree']))
    expect(await list(worktree)).not.toContain('ses_6other')
  })

  test('in a repository inside another one: its own', async () => {
    expect(await list(place('own/vendor/nested'))).toEqual(['ses_7nested'])
  })

  test('outside of git: by directory alone', async () => {
    expect(await list(place('plain'))).toEqual(['ses_8plain'])
    expect(await list(place('plain/below'))).toEqual(['ses_8plain'])
    expect(await list(place('plain2'))).toEqual(['ses_9plain2'])
  })

  test('--project looks as if one were there', async () => {
    expect(await list(place('plain'), '--project', place('own/src'))).toEqual(own)
    expect(await list(place('plain'), '--project', '../other')).toEqual(['ses_6other'])
  })

  test('--all, and --root, look at all projects', async () => {
    expect(await list(place('own'), '--all')).toEqual(all)
    expect(await list(place('own'), '--root', home)).toEqual(all)
    expect(await list(place('plain'), '--root', home, '--project', place('other'))).toEqual(['ses_6other'])
  })

  test('latest is the newest of the same', async () => {
    const latest = async (cwd: string, ...args: string[]) =>
      (await json<ShowJSON>(['show', 'latest', ...args], { home, cwd })).session.id
    expect(await latest(place('own'))).toBe('ses_2src')
    expect(await latest(place('other'))).toBe('ses_6other')
    expect(await latest(place('other'), '--root', home)).toBe('ses_9plain2')
  })

  test('a directory without sessions says where to look', async () => {
    const { stderr, code } = await run(['list'], { home, cwd: home })
    // Here everything is below: the home is above all of them, and outside of git.
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const elsewhere = await run(['list'], { home, cwd: tempDir() })
    expect(elsewhere).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('--all') })
  })
})

describe('list', () => {
  const home = tempDir('list')
  const day = 86_400_000
  const sessions: SessionSpec[] = [
    {
      id: 'ses_a',
      title: 'Apples',
      cost: 1,
      created: epoch,
      updated: epoch,
      agent: 'build',
      model: { providerID: 'acme', id: 'large' },
    },
    { id: 'ses_b', title: 'bananas', cost: 3, created: epoch - day, updated: epoch + 1000, slug: 'quiet-river', agent: 'plan' },
    {
      id: 'ses_c',
      title: 'Cherries',
      cost: 2,
      created: epoch + day,
      updated: epoch - 2 * day,
      archived: epoch,
      directory: '/orchard',
    },
    { id: 'ses_d', title: 'pick them (@general subagent)', parentID: 'ses_a', created: epoch + 10, updated: epoch + 20 },
    { id: 'ses_e', title: 'wash them (@general subagent)', parentID: 'ses_d', created: epoch + 12, updated: epoch + 15 },
  ]
  beforeAll(() => {
    writeHome(home, sessions)
  })
  const list = async (...args: string[]) => ids(await json<SessionJSON[]>(['list', '--all', ...args], { home }))

  test.each([
    ['newest first', [], 'ba c'],
    ['by creation', ['--sort', 'created'], 'cab'],
    ['by title, in any case', ['--sort', 'title'], 'abc'],
    ['by cost', ['--sort', 'cost'], 'bca'],
    ['since a day', ['--since', '2026-11-21'], 'ba'],
    ['since a minute', ['--since', '2026-11-21T06:00'], 'ba'],
    ['until a day', ['--until', '2026-11-20'], 'c'],
    ['between', ['--since', '2026-11-19', '--until', '2026-11-21T06:00'], 'c'],
    ['of an agent, in any case', ['--agent', 'PLAN'], 'b'],
    ['of a model', ['--model', 'acme/la'], 'a'],
    ['with a title', ['--title', 'ER'], 'c'],
    ['text in a title', ['apple'], 'a'],
    ['text in an id', ['ses_b'], 'b'],
    ['text in a slug', ['quiet'], 'b'],
    ['text in a directory', ['orchard'], 'c'],
    ['all words must be there', ['ses', 'orchard'], 'c'],
    ['archived ones only', ['--archived', 'only'], 'c'],
    ['no archived ones', ['--archived', 'no'], 'ba'],
    ['subagents too', ['--subagents'], 'bdeac'],
    ['a limit', ['--limit', '2'], 'ba'],
    ['no limit', ['--limit', '0'], 'bac'],
    ['subagents below their parent', ['--tree'], 'badec'],
    ['a limit counts lines of a tree', ['--tree', '--limit', '3'], 'bad'],
    ['flags together', ['--subagents', '--sort', 'created', '--limit', '2', '--archived', 'no'], 'ed'],
  ])('%s: %j', async (_label, args, expected) => {
    expect(await list(...args)).toEqual([...expected.replaceAll(' ', '')].map((letter) => `ses_${letter}`))
  })

  test('a person sees archived ones marked, and subagents indented and counted', async () => {
    const lines = (await output(['list', '--all', '--tree'], { home })).trimEnd().split('\n')
    expect(lines.map((line) => line.replace(/^.{16} {2}(\S+) +/, '$1|').replace(/ {2}\/.*/, ''))).toEqual([
      'ses_b|bananas',
      'ses_a|Apples · 1 subagent',
      'ses_d|└ pick them (@general subagent) · 1 subagent',
      'ses_e|└ wash them (@general subagent)',
      'ses_c|Cherries · archived',
    ])
  })

  test('relative times reach back from now', async () => {
    const fresh = tempDir('fresh')
    writeHome(fresh, [
      { id: 'ses_now', created: Date.now() - 60_000 },
      { id: 'ses_old', created: Date.now() - 10 * day },
    ])
    for (const since of ['7d', '36h', '30m', '1w', 'yesterday']) {
      expect(ids(await json<SessionJSON[]>(['list', '--all', '--since', since], { home: fresh }))).toEqual(['ses_now'])
    }
    expect(ids(await json<SessionJSON[]>(['list', '--all', '--until', '7d'], { home: fresh }))).toEqual(['ses_old'])
  })

  test('ls is list', async () => {
    expect(await output(['ls', '--all'], { home })).toBe(await output(['list', '--all'], { home }))
  })
})

describe('show', () => {
  const id = 'ses_e0357cce2ffe66y22yqwafqA4x'
  const show = (...args: string[]) => output(['show', ...args, ...root])

  test('a session by its id, the beginning of its id, with or without ses_', async () => {
    const text = await show(id)
    for (const name of ['ses_e0357cce', 'e0357cce', id.slice(4)]) expect(await show(name)).toBe(text)
  })

  test('tools are a line each; --tools opens them, --reasoning shows what was thought, --full everything', async () => {
    const folded = await show(id)
    expect(folded).toContain('› bash  ls && echo hello-from-bash')
    expect(folded).not.toContain('│')
    expect(folded).toContain('· thought, 7 words')
    expect(await show(id, '--tools')).toMatch(/^ {4}│ hello-from-bash$/m)
    expect(await show(id, '--reasoning')).toContain('I should look at the files first.')
    const full = await show(id, '--full')
    expect(full).toContain('I should look at the files first.')
    expect(full).toMatch(/^ {4}│ hello-from-bash$/m)
    expect(full).toMatch(/msg_\w+/)
  })

  test('--last and --message choose messages', async () => {
    const { messages } = JSON.parse(await show(id, '--json')) as ShowJSON
    const last = JSON.parse(await show(id, '--json', '--last', '2')) as ShowJSON
    expect(last.messages).toEqual(messages.slice(-2))
    const one = JSON.parse(await show(id, '--json', '--message', messages[1]!.id)) as ShowJSON
    expect(one.messages).toEqual([messages[1]])
    expect((await show(id, '--last', '1')).length).toBeLessThan((await show(id)).length)
    expect(JSON.parse(await show(id, '--json', '--last', '0'))).toMatchObject({ messages: [] })
  })

  test('--tree puts the subagent where it was started', async () => {
    const flat = await show(id)
    expect(flat).toMatch(/\nSubagents .*--tree.*\n[^\n]*ses_e0357bd83ffefNEAejjNTUb2x9/)
    const tree = await show(id, '--tree')
    expect(tree).toMatch(
      /› task[^\n]*\n\n {2}┃ explore parser[\s\S]*┃[^\n]*3 usages of parseToken[\s\S]*The marker word is zebra-quokka/,
    )
    expect(tree).not.toContain('Subagents')
  })

  test('rolled back, failed and interrupted messages are labelled', async () => {
    expect(await show('ses_e035709a')).toContain('[reverted]')
    const all = await json<SessionJSON[]>(['list', ...root])
    const texts = await Promise.all(all.map((session) => show(session.id)))
    expect(texts.filter((text) => text.includes('[interrupted]'))).toHaveLength(1)
    expect(texts.filter((text) => text.includes('failed: '))).toHaveLength(1)
  })
})

describe('where', () => {
  test('names a database of the Go OpenCode in this directory as not ours, without complaint', async () => {
    const home = tempDir('go')
    writeHome(home, [{ id: 'ses_ours' }])
    const project = join(home, 'project', 'below')
    mkdirSync(join(home, 'project', '.opencode'), { recursive: true })
    mkdirSync(project)
    const path = join(home, 'project', '.opencode', 'opencode.db')
    const db = new DatabaseSync(path)
    db.exec(
      'CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT); CREATE TABLE messages (id TEXT); CREATE TABLE files (id TEXT)',
    )
    db.close()
    // Compiled code is kept in the home's cache.
    const state = () => [join(home, 'project'), join(home, '.local')].map(fingerprint)
    const before = state()
    for (const cwd of [join(home, 'project'), project]) {
      const where = await json<WhereJSON>(['where'], { home, cwd })
      expect(where.problems).toEqual([{ path, reason: expect.stringContaining('Go') }])
      expect(where.stores).toMatchObject([{ kind: 'sqlite-v1', sessions: 1 }])
      expect(await output(['where'], { home, cwd })).toMatch(/Problems: 1\n.*\.opencode\/opencode\.db: /)
      expect(ids(await json<SessionJSON[]>(['list', '--all'], { home, cwd }))).toEqual(['ses_ours'])
    }
    expect(state()).toEqual(before)
  })

  test('says what only another channel shows', async () => {
    const home = tempDir('channels')
    const release = writeHome(home, [{ id: 'ses_both', updated: epoch }, { id: 'ses_release' }])
    const nightly = release.replace('opencode.db', 'opencode-nightly.db')
    writeDatabase(nightly, [{ id: 'ses_both', updated: epoch + 1 }, { id: 'ses_nightly' }])
    const where = await json<WhereJSON>(['where'], { home })
    expect(where.stores.map(({ path, sessions }) => [path, sessions])).toEqual([
      [release, 2],
      [nightly, 2],
    ])
    expect(where.stranded.map(({ id, reason }) => [id, reason])).toEqual([['ses_nightly', expect.stringContaining('nightly')]])
    const both = await json<WhereJSON & { session: SessionJSON }>(['where', 'ses_both'], { home })
    expect(both.session.copies.map(({ path, visible }) => [path, visible])).toEqual([
      [nightly, []],
      [release, ['v1']],
    ])
    // OPENCODE_DB turns it round.
    const turned = await json<WhereJSON>(['where'], { home, env: { OPENCODE_DB: nightly } })
    expect(ids(turned.stranded)).toEqual(['ses_release'])
  })

  test('finds every store of a machine, wherever XDG_DATA_HOME points', async () => {
    const home = tempDir('xdg')
    const data = join(home, 'elsewhere')
    writeHome(home, [{ id: 'ses_usual' }])
    writeDatabase(join(data, 'opencode', 'opencode.db'), [{ id: 'ses_moved' }])
    const env = { XDG_DATA_HOME: data }
    expect(ids(await json<SessionJSON[]>(['list', '--all'], { home, env })).sort()).toEqual(['ses_moved', 'ses_usual'])
    expect(ids((await json<WhereJSON>(['where'], { home, env })).stranded)).toEqual(['ses_usual'])
  })

  test('a machine without OpenCode has no store, and that is an answer', async () => {
    expect(await json<WhereJSON>(['where'])).toEqual({ stores: [], stranded: [], problems: [] })
    expect(await output(['where'])).toBe('No OpenCode store found.\n')
  })
})

describe('--root', () => {
  test('takes a data directory, what is above it, a database, a JSON tree', async () => {
    const tree = fixture('1.1.65')
    const expected = ids(await json<SessionJSON[]>(['list', '--root', tree]))
    for (const path of ['opencode', 'opencode/storage']) {
      expect(ids(await json<SessionJSON[]>(['list', '--root', join(tree, path)]))).toEqual(expected)
    }
    expect(ids(await json<SessionJSON[]>(['list', '--root', join(sample, 'opencode/opencode.db')]))).toHaveLength(8)
  })

  test('may be given more than once: a session that stands in two is listed once', async () => {
    const copy = tempDir('copy')
    cpSync(join(sample, 'opencode'), join(copy, 'opencode'), { recursive: true })
    const sessions = await json<SessionJSON[]>(['list', '--root', sample, '--root', copy])
    expect(sessions).toHaveLength(8)
    for (const session of sessions) expect(session.copies).toHaveLength(2)
  })

  test('no fixture is changed by being read', async () => {
    const before = fingerprint(sample)
    for (const command of [['list'], ['show', 'latest'], ['where']]) await output([...command, ...root])
    expect(fingerprint(sample)).toEqual(before)
  })
})
