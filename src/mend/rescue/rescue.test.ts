import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rescue } from '../../api/rescue.ts'
import { type Catalog, openCatalog } from '../../stores/catalog/catalog.ts'
import { rowTexts, TestDatabase } from '../../testing/database.ts'
import { fingerprint } from '../../testing/mirrors.ts'
import { emptyDatabase, faultsOf, plainSession, sessionFiles, sessionIn } from '../../testing/sessions.ts'
import { releases, storeOf, tempDir } from '../../testing/temp.ts'
import { importSessions } from '../../transfer/import/import.ts'
import { listChanges } from '../../transfer/undo/changes.ts'
import { takeBack } from '../../transfer/undo/take-back.ts'

/** A data directory with databases of sessions, by the names of files. */
async function dataWith(databases: Readonly<Record<string, readonly object[]>>): Promise<string> {
  const data = join(tempDir(), 'opencode')
  mkdirSync(data)
  for (const [name, sessions] of Object.entries(databases)) {
    const path = new TestDatabase('1.18.33', join(data, name)).done()
    if (sessions.length > 0) await importSessions([sessionFiles(...sessions)], { root: path, keepProject: true, undo: tempDir() })
  }
  return data
}

function edit(database: string, ...statements: readonly string[]): void {
  const db = new DatabaseSync(database)
  db.exec('PRAGMA foreign_keys = OFF')
  for (const each of statements) db.exec(each)
  db.close()
}

function opened(root: string): Catalog {
  const catalog = openCatalog({ roots: [root] })
  onTestFinished(() => catalog.close())
  return catalog
}

const strandedIn = (root: string) => [...opened(root).stranded()].map(({ session }) => session.id)

/** Rescues, holds that nothing is left to do then, and takes it back. */
async function rescued(root: string, database = join(root, 'opencode.db')) {
  const undo = tempDir()
  const before = rowTexts(database)
  const plan = await rescue({ root, dryRun: true, undo })
  expect(rowTexts(database)).toEqual(before)
  const report = await rescue({ root, undo })
  expect(plan.sessions).toEqual(report.sessions)
  expect(faultsOf(database)).toEqual([])
  expect(await rescue({ root, undo })).toMatchObject({ change: null, sessions: [] })
  expect(strandedIn(root)).toEqual([])
  return {
    ...report,
    outcome: report.sessions.map(({ id, plan: kind, result }) => [id, kind, result]),
    takeBack: () => {
      const [change] = listChanges(undo, (path, reason) => expect.unreachable(`${path}: ${reason}`))
      takeBack(change!)
      expect(rowTexts(database)).toEqual(before)
    },
  }
}

/** Places of the stores of a release where the OpenCode in use does not look. */
function putAside(release: string, data: string): void {
  for (const name of readdirSync(storeOf(release))) {
    const there = join(data, name === 'opencode.db' ? `opencode-${release}.db` : name)
    cpSync(join(storeOf(release), name), there, { recursive: true })
    chmodSync(there, 0o700)
  }
}

describe.each(releases())('what %s wrote', (release) => {
  test('comes whole into the database in use, once, and goes again by undo', async () => {
    const data = await dataWith({ 'opencode.db': [plainSession('keep')] })
    putAside(release, data)
    const catalog = opened(data)
    const stranded = [...catalog.stranded()].map(({ session }) => session)
    expect(stranded.length).toBeGreaterThan(1)
    const said = stranded.map(({ id }) => [...catalog.stored(id)!.messages])
    const { takeBack: back } = await rescued(data)
    const now = opened(join(data, 'opencode.db'))
    for (const [at, { id, title, parentID, directory, copies }] of stranded.entries()) {
      expect(now.session(id)).toMatchObject({ title: title ?? '', directory, parentID })
      const there = [...now.stored(id)!.messages]
      const ids = new Set(there.map((message) => message.id))
      for (const message of said[at]!) expect(ids, `${id} ${message.id}`).toContain(message.id)
      if (copies[0]?.store === 'sqlite-v1' && said[at]!.every(({ shape }) => shape === 'v1')) expect(there).toEqual(said[at])
    }
    back()
  })
})

test('reading what is stranded writes nothing but what it rescues', async () => {
  const data = await dataWith({ 'opencode.db': [plainSession('keep')], 'opencode-beta.db': [plainSession('b')] })
  const other = () => Object.entries(fingerprint(data)).filter(([name]) => name.includes('beta'))
  const before = other()
  await rescue({ root: data, undo: tempDir() })
  expect(other()).toEqual(before)
})

test('sessions of another channel and of conflict copies come with their subagents, their rows as they were', async () => {
  const data = await dataWith({
    'opencode.db': [plainSession('keep')],
    'opencode-beta.db': [plainSession('b'), plainSession('c', 1, { parentID: 'ses_b' })],
    'opencode.sync-conflict-20260901-101112-ABCDEFG.db': [plainSession('d')],
  })
  edit(join(data, 'opencode-beta.db'), `UPDATE part SET data = '{"type":"text" , "text":"as it was"}' WHERE session_id = 'ses_b'`)
  const { outcome, sources, takeBack: back } = await rescued(data)
  expect(new Map(outcome.map(([id, plan]) => [id, plan]))).toEqual(new Map([...'bcd'].map((name) => [`ses_${name}`, 'new'])))
  expect(sources.map(({ path, sessions }) => [basename(path), sessions.length]).sort()).toEqual([
    ['opencode-beta.db', 2],
    ['opencode.sync-conflict-20260901-101112-ABCDEFG.db', 1],
  ])
  const parts = rowTexts(join(data, 'opencode.db')).filter((row) => row.startsWith('part ') && row.includes('ses_b'))
  expect(parts.filter((row) => row.includes('\\"text\\" , \\"text\\":'))).toHaveLength(4)
  back()
})

test('only what is named comes, and its subagents', async () => {
  const data = await dataWith({
    'opencode.db': [],
    'opencode-beta.db': [plainSession('b'), plainSession('c', 1, { parentID: 'ses_b' }), plainSession('d')],
  })
  const { sessions } = await rescue({ root: data, sessions: ['ses_b'], undo: tempDir() })
  expect(sessions.map(({ id }) => id)).toEqual(['ses_b', 'ses_c'])
})

test('a session in three places comes once, from the newest', async () => {
  const data = await dataWith({
    'opencode.db': [],
    'opencode-beta.db': [plainSession('a', 2)],
    'opencode-dev.db': [plainSession('a', 4)],
    'opencode.db.bak': [plainSession('a', 3)],
  })
  const { sources } = await rescued(data)
  expect(sources.map(({ path }) => basename(path))).toEqual(['opencode-dev.db'])
  expect(sessionIn(join(data, 'opencode.db'), 'ses_a')?.messages).toHaveLength(8)
})

test('an older copy that has all of the newer one and more is taken instead; what only another has is said', async () => {
  const data = await dataWith({
    'opencode.db': [],
    'opencode-beta.db': [plainSession('a', 3), plainSession('b', 3)],
    'opencode-dev.db': [plainSession('a', 3), plainSession('b', 3)],
  })
  const [beta, dev] = ['opencode-beta.db', 'opencode-dev.db'].map((name) => join(data, name))
  edit(
    dev!,
    'UPDATE session SET time_updated = time_updated + 1000',
    "DELETE FROM part WHERE message_id IN ('msg_a2b', 'msg_b2b')",
    "DELETE FROM message WHERE id IN ('msg_a2b', 'msg_b2b')",
  )
  edit(beta!, "DELETE FROM part WHERE message_id = 'msg_b1a'", "DELETE FROM message WHERE id = 'msg_b1a'")
  const { sessions } = await rescued(data)
  expect(sessions.find(({ id }) => id === 'ses_a')).toMatchObject({ from: beta, messages: { total: 6 } })
  expect(sessions.find(({ id }) => id === 'ses_b')).toMatchObject({
    from: dev,
    note: `1 of its messages are only in ${beta}; the copy that is taken is of ${dev}`,
  })
})

describe('a session that is in use', () => {
  const later = (name: string, rounds: number) => plainSession(name, rounds)

  test('gets what it lacks from a copy that went on', async () => {
    const data = await dataWith({ 'opencode.db': [plainSession('a', 2)], 'opencode-beta.db': [later('a', 3)] })
    const { outcome, takeBack: back } = await rescued(data)
    expect(outcome).toEqual([['ses_a', 'adds', 'written']])
    expect(sessionIn(join(data, 'opencode.db'), 'ses_a')?.messages).toHaveLength(6)
    back()
  })

  test('stays as it is beside an older copy', async () => {
    const data = await dataWith({ 'opencode.db': [later('a', 3)], 'opencode-beta.db': [plainSession('a', 2)] })
    expect(await rescue({ root: data, undo: tempDir() })).toMatchObject({ change: null, sessions: [], notes: [] })
  })

  test('is left alone where both sides have what the other has not, and that is said', async () => {
    const data = await dataWith({
      'opencode.db': [plainSession('a', 3)],
      'opencode.db.conflict': [later('a', 4)],
      'opencode.db.older': [plainSession('a', 3)],
    })
    const gone = (message: string) => [
      `DELETE FROM part WHERE message_id = '${message}'`,
      `DELETE FROM message WHERE id = '${message}'`,
    ]
    edit(join(data, 'opencode.db.conflict'), ...gone('msg_a2a'))
    edit(join(data, 'opencode.db'), ...gone('msg_a0b'))
    edit(join(data, 'opencode.db.older'), 'UPDATE session SET time_updated = 1')
    const { sessions, notes, change } = await rescue({ root: data, undo: tempDir() })
    expect(sessions).toMatchObject([{ id: 'ses_a', plan: 'diverged', result: 'refused' }])
    expect(notes).toEqual([
      `session ses_a went another way in ${join(data, 'opencode.db.older')}: 1 of its messages are only there`,
    ])
    expect(change).toBeNull()
  })

  test('does not keep its subagents back, where it is left alone', async () => {
    const child = plainSession('c', 1, { parentID: 'ses_a' })
    const data = await dataWith({ 'opencode.db': [plainSession('a', 3)], 'opencode-beta.db': [plainSession('a', 4), child] })
    edit(
      join(data, 'opencode-beta.db'),
      "DELETE FROM part WHERE message_id = 'msg_a2a'",
      "DELETE FROM message WHERE id = 'msg_a2a'",
    )
    const { sessions } = await rescue({ root: data, undo: tempDir() })
    expect(sessions.map(({ id, result }) => [id, result])).toEqual([
      ['ses_c', 'written'],
      ['ses_a', 'refused'],
    ])
    expect(sessionIn(join(data, 'opencode.db'), 'ses_c')?.info.parentID).toBe('ses_a')
  })
})

describe('what has lost its owner', () => {
  const own = async (...statements: readonly string[]) => {
    const data = await dataWith({ 'opencode.db': [plainSession('a', 2), plainSession('keep', 2)] })
    edit(join(data, 'opencode.db'), ...statements)
    return data
  }

  test('messages without their session get one, in the project of others that were started there', async () => {
    const data = await own("DELETE FROM session WHERE id = 'ses_a'")
    const { outcome, takeBack: back } = await rescued(data)
    expect(outcome).toEqual([['ses_a', 'new', 'written']])
    const session = sessionIn(join(data, 'opencode.db'), 'ses_a')
    expect(session?.info).toMatchObject({
      title: 'Recovered: question 0 in /old/place',
      projectID: 'abc',
      directory: '/old/place',
    })
    expect(session?.messages).toEqual(plainSession('a', 2).messages)
    back()
  })

  test('their record is that of a copy elsewhere, where there is one', async () => {
    const data = await own("DELETE FROM session WHERE id = 'ses_a'")
    const beta = new TestDatabase('1.18.33', join(data, 'opencode-beta.db')).done()
    await importSessions([sessionFiles(plainSession('a', 1))], { root: beta, keepProject: true, undo: tempDir() })
    edit(beta, "UPDATE session SET time_updated = 1, title = 'As it was called'")
    const { sessions } = await rescued(data)
    expect(sessions).toMatchObject([{ id: 'ses_a', title: 'As it was called', note: `its record is that of ${beta}` }])
    expect(sessionIn(join(data, 'opencode.db'), 'ses_a')).toMatchObject({
      info: { title: 'As it was called' },
      messages: { length: 4 },
    })
  })

  test('parts without their message get one, and every other row stays as it is', async () => {
    const data = await own("DELETE FROM message WHERE id IN ('msg_a0a', 'msg_keep1b')")
    const before = rowTexts(join(data, 'opencode.db'))
    const { outcome, takeBack: back } = await rescued(data)
    expect(outcome.map(([id, plan]) => [id, plan]).sort()).toEqual([
      ['ses_a', 'adds'],
      ['ses_keep', 'adds'],
    ])
    const after = rowTexts(join(data, 'opencode.db'))
    expect(after.filter((row) => !before.includes(row) && !row.startsWith('message '))).toEqual([])
    expect(sessionIn(join(data, 'opencode.db'), 'ses_a')?.messages.map(({ info }) => info.role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ])
    back()
  })

  test('a subagent whose parent is gone becomes a session of its own', async () => {
    const data = await own("UPDATE session SET parent_id = 'ses_gone' WHERE id = 'ses_a'")
    const { outcome, takeBack: back } = await rescued(data)
    expect(outcome).toEqual([['ses_a', 'replaces', 'written']])
    back()
  })

  test('a session of which only events are left comes of them, and undo leaves them', async () => {
    const data = await own(
      ...['part', 'message', 'session'].map(
        (table) => `DELETE FROM ${table}${table === 'session' ? " WHERE id = 'ses_a'" : " WHERE session_id = 'ses_a'"}`,
      ),
    )
    const { info, messages } = plainSession('a', 1)
    const db = new DatabaseSync(join(data, 'opencode.db'))
    db.exec("INSERT INTO event_sequence (aggregate_id, seq) VALUES ('ses_a', 9)")
    const events = [
      ['session.created.1', { info }],
      ...messages.flatMap((message) => [
        ['message.updated.1', { info: message.info }],
        ...message.parts.map((part) => ['message.part.updated.1', { part }]),
      ]),
    ]
    for (const [seq, [type, data_]] of events.entries())
      db.prepare('INSERT INTO event (id, aggregate_id, seq, type, data) VALUES (?, ?, ?, ?, ?)').run(
        `evt_${seq}`,
        'ses_a',
        seq,
        String(type),
        JSON.stringify({ sessionID: 'ses_a', ...(data_ as object) }),
      )
    db.close()
    const { outcome, takeBack: back } = await rescued(data)
    expect(outcome).toEqual([['ses_a', 'new', 'written']])
    expect(sessionIn(join(data, 'opencode.db'), 'ses_a')?.messages).toEqual(messages)
    back()
  })
})

test('what 1.x wrote after the copy of 2.x comes into the tables of 2.x, whoever wrote last, also beside a log', async () => {
  const data = join(tempDir(), 'opencode')
  cpSync(storeOf('2.0-constructed'), data, { recursive: true })
  const database = join(data, 'opencode.db')
  chmodSync(database, 0o600)
  await importSessions([sessionFiles(plainSession('late'))], { root: database, into: 'v1', keepProject: true, undo: tempDir() })
  const stranded = strandedIn(data)
  expect(stranded).toContain('ses_late')
  // A copy of what somebody has open: this very process could write it in any case.
  const writer = new DatabaseSync(database)
  onTestFinished(() => writer.close())
  writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 7')
  const there = join(tempDir(), 'opencode')
  mkdirSync(there)
  for (const end of ['', '-wal', '-shm']) copyFileSync(database + end, join(there, `opencode.db${end}`))
  expect(existsSync(join(there, 'opencode.db-shm'))).toBe(true)
  const { generation, sessions, takeBack: back } = await rescued(there)
  expect(generation).toBe('v2')
  expect(sessions.map(({ id }) => id).sort()).toEqual(stranded.sort())
  back()
})

test('what compacting has kept is no place of stranded sessions: what only it has was deleted', async () => {
  const data = await dataWith({ 'opencode.db': [], 'opencode.db.before-compact-2026-11-28T120028': [plainSession('a')] })
  expect(await rescue({ root: data, undo: tempDir() })).toMatchObject({ change: null, sessions: [] })
  expect(opened(data).session('ses_a')).toMatchObject({ kept: join(data, 'opencode.db.before-compact-2026-11-28T120028') })
})

test('a session that cannot be written does not keep the others back', async () => {
  const data = await dataWith({
    'opencode.db': [plainSession('keep')],
    'opencode-beta.db': [plainSession('a'), plainSession('b')],
  })
  // A message of this id belongs to another session here.
  edit(
    join(data, 'opencode.db'),
    "UPDATE message SET id = 'msg_a0a' WHERE id = 'msg_keep0a'",
    "UPDATE part SET message_id = 'msg_a0a' WHERE message_id = 'msg_keep0a'",
  )
  const { sessions } = await rescue({ root: data, undo: tempDir() })
  expect(new Map(sessions.map(({ id, result }) => [id, result]))).toEqual(
    new Map([
      ['ses_a', 'refused'],
      ['ses_b', 'written'],
    ]),
  )
})

test('without a database there is nowhere to rescue to', async () => {
  await expect(rescue({ root: tempDir() })).rejects.toMatchObject({ code: 'not-found' })
  expect(await rescue({ root: emptyDatabase(), undo: tempDir() })).toMatchObject({ sessions: [] })
})
