import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, tempDir, writeTree } from '../../testing/temp.ts'
import { type Catalog, openCatalog } from './catalog.ts'

const id = 'ses_e0357cce2ffe66y22yqwafqA4x'

/** What is told of a session, and what is in it: nothing of it may depend on whether it has a row. */
const transcript = (catalog: Catalog, session: string) =>
  Array.from(catalog.messages(session), ({ id, info, parts }) => ({
    id,
    info,
    parts: parts.map(({ id, data }) => ({ id, data })),
  }))

function withAnswer(db: TestDatabase, session: string): TestDatabase {
  return db
    .message(session, `${session}_msg_1`, { role: 'user' }, 10)
    .part(session, `${session}_msg_1`, 'prt_1', { type: 'text', text: 'why is the ibis late?\nand more' })
    .message(session, `${session}_msg_2`, { role: 'assistant', path: { cwd: '/work/sub', root: '/work' }, agent: 'plan' }, 20)
}

describe('a session whose row is gone', () => {
  test.each(['1.2.1', '1.15.13', '1.18.33'])('is there with a header made of its messages (%s)', (release) => {
    const db = withAnswer(new TestDatabase(release).session({ id: 'ses_stays', time_updated: 5 }), 'ses_lost')
    const catalog = openCatalog({ roots: [db.session({ id: 'ses_child', parent_id: 'ses_lost' }).done()] })
    expect([...catalog.sessions({ roots: true })].map((session) => session.id)).toEqual(['ses_lost', 'ses_stays'])
    expect(catalog.session('ses_lost')).toMatchObject({
      title: 'Recovered: why is the ibis late?',
      directory: '/work',
      agent: 'plan',
      parentID: null,
      time: { created: 10, updated: 20 },
      subagents: 1,
      remains: 'messages',
      copies: [{ store: 'sqlite-v1', visible: [] }],
    })
    expect(catalog.resolve('lost')).toBe('ses_lost')
    expect(catalog.children('ses_lost').map((session) => session.id)).toEqual(['ses_child'])
    expect(transcript(catalog, 'ses_lost').map(({ id }) => id)).toEqual(['ses_lost_msg_1', 'ses_lost_msg_2'])
    expect(catalog.stored('ses_lost')?.info).toMatchObject({
      id: 'ses_lost',
      directory: '/work',
      title: 'Recovered: why is the ibis late?',
    })
    expect([...catalog.stranded()].map(({ session }) => session.id)).toEqual(['ses_lost'])
    const { store } = catalog.stores[0]!
    expect(store.size()).toMatchObject({ sessions: 3 })
    expect([...store.marks(true).keys()].sort()).toEqual(['ses_child', 'ses_lost', 'ses_stays'])
    expect([...store.records('ses_lost')]).toHaveLength(3)
    expect([...catalog.sessions({ title: 'ibis', since: 11, until: 21 })]).toHaveLength(1)
  })

  test('of 2.x, and of which only parts are left', () => {
    const v2 = new TestDatabase('2.0-constructed')
    v2.db.exec('DELETE FROM session_v2')
    const found = openCatalog({ roots: [v2.done()] })
    expect([...found.sessions()]).toEqual([])
    const real = openCatalog({ roots: [withoutSessions('2.0-constructed', 'session_v2')] })
    const lost = [...real.sessions()].filter(({ remains }) => remains === 'messages')
    expect(lost.length).toBeGreaterThan(0)
    for (const { id } of lost) expect(transcript(real, id).length).toBeGreaterThan(0)

    const db = new TestDatabase().part('ses_parts', 'msg_gone', 'prt_1', { type: 'text', text: 'a tapir' })
    const catalog = openCatalog({ roots: [db.done()] })
    expect(catalog.session('ses_parts')).toMatchObject({ title: 'Recovered: a tapir' })
    expect(transcript(catalog, 'ses_parts')).toMatchObject([{ id: 'msg_gone', parts: [{ data: { text: 'a tapir' } }] }])
  })

  test.each(['1.14.34', '1.18.33', '1.18.34'])('is read as before when every session row of a store of %s is gone', (release) => {
    const whole = openCatalog({ roots: [copyStore(release)] })
    const broken = openCatalog({ roots: [withoutSessions(release, 'session')] })
    const withMessages = [...whole.sessions()].filter(({ id }) => transcript(whole, id).length > 0)
    for (const { id } of withMessages) {
      expect(transcript(broken, id)).toEqual(transcript(whole, id))
      expect(broken.session(id)).toMatchObject({ id })
    }
    expect([...broken.sessions()].length).toBeGreaterThanOrEqual(withMessages.length)
  })
})

/** A copy of a release's data directory in which a table of sessions is emptied. */
function withoutSessions(release: string, table: string, ...more: string[]): string {
  const data = copyStore(release)
  const db = new TestDatabase('1.18.33', join(tempDir(), 'x.db')).db
  db.exec(`ATTACH '${join(data, 'opencode.db')}' AS store`)
  for (const name of [table, ...more]) db.exec(`DELETE FROM store.${name}`)
  db.close()
  return data
}

describe('a session of which only the log of events is left', () => {
  test('is what its rows were', () => {
    const whole = openCatalog({ roots: [copyStore('1.18.33')] })
    const broken = openCatalog({ roots: [withoutSessions('1.18.33', 'session', 'message', 'part')] })
    for (const session of broken.sessions()) {
      const { remains, copies, subagents, ...header } = session
      const before = whole.session(session.id)!
      expect(remains).toBe('events')
      expect(copies).toMatchObject([{ visible: [] }])
      expect(subagents).toBe(before.subagents)
      expect(header).toMatchObject({ id: before.id, title: before.title, directory: before.directory, parentID: before.parentID })
      expect(transcript(broken, session.id)).toEqual(transcript(whole, session.id))
      expect(transcript(broken, session.id).slice(-1)).toEqual(
        Array.from(broken.messages(session.id, { last: 1 }), ({ id, info, parts }) => ({
          id,
          info,
          parts: parts.map(({ id, data }) => ({ id, data })),
        })),
      )
      expect(broken.stored(session.id)?.info).toMatchObject({ id: session.id, slug: before.slug })
    }
    expect(broken.session(id)?.title).toBe(whole.session(id)?.title)
  })

  test('has its messages although its row is there, and is not there after it was deleted', () => {
    const whole = openCatalog({ roots: [copyStore('1.18.33')] })
    const broken = openCatalog({ roots: [withoutSessions('1.18.33', 'message', 'part')] })
    expect(transcript(broken, id)).toEqual(transcript(whole, id))
    expect(broken.session(id)?.remains).toBeUndefined()

    const deleted = new TestDatabase()
    const log = (seq: number, type: string, data: object) =>
      deleted.insert('event', { id: `evt_${seq}`, aggregate_id: 'ses_x', seq, type, data: JSON.stringify(data) })
    deleted.insert('event_sequence', { aggregate_id: 'ses_x', seq: 2 })
    log(0, 'session.created.1', { sessionID: 'ses_x', info: { id: 'ses_x', title: 'x', time: { created: 1, updated: 1 } } })
    log(1, 'session.deleted.1', { sessionID: 'ses_x', info: { id: 'ses_x' } })
    expect([...openCatalog({ roots: [deleted.done()] }).sessions()]).toEqual([])
  })

  test('lacks what was removed', () => {
    const db = new TestDatabase()
    db.insert('event_sequence', { aggregate_id: 'ses_x', seq: 9 })
    const events: [string, object][] = [
      ['session.created.1', { info: { id: 'ses_x', title: 'x', time: { created: 1, updated: 1 } } }],
      ['message.updated.1', { info: { id: 'msg_2', role: 'user', time: { created: 2 } } }],
      ['message.updated.1', { info: { id: 'msg_1', role: 'user', time: { created: 1 } } }],
      ['message.part.updated.1', { part: { id: 'prt_1', messageID: 'msg_1', type: 'text', text: 'old' } }],
      ['message.part.updated.1', { part: { id: 'prt_2', messageID: 'msg_1', type: 'text', text: 'gone' } }],
      ['message.part.updated.1', { part: { id: 'prt_1', messageID: 'msg_1', type: 'text', text: 'new' } }],
      ['message.part.removed.1', { messageID: 'msg_1', partID: 'prt_2' }],
      ['message.removed.1', { messageID: 'msg_2' }],
      ['message.updated.1', 'not JSON' as unknown as object],
    ]
    for (const [seq, [type, data]] of events.entries()) {
      const text = typeof data === 'string' ? data : JSON.stringify({ sessionID: 'ses_x', ...data })
      db.insert('event', { id: `evt_${seq}`, aggregate_id: 'ses_x', seq, type, data: text })
    }
    const catalog = openCatalog({ roots: [db.done()] })
    expect(transcript(catalog, 'ses_x')).toEqual([
      {
        id: 'msg_1',
        info: { role: 'user', time: { created: 1 } },
        parts: [{ id: 'prt_1', data: { type: 'text', text: 'new' } }],
      },
    ])
  })
})

describe('a message whose own row or file is gone or damaged', () => {
  test('is made of its parts, in its place', () => {
    const db = new TestDatabase().session({ id: 'ses_1' })
    db.message('ses_1', 'msg_1', { role: 'user' }, 10).part('ses_1', 'msg_1', 'prt_1', { type: 'text', text: 'one' })
    db.message('ses_1', 'msg_2', '{"cut', 20).part('ses_1', 'msg_2', 'prt_2', { type: 'tool', tool: 'bash', time: { start: 20 } })
    db.message('ses_1', 'msg_9', { role: 'assistant' }, 90)
    db.part('ses_1', 'msg_3', 'prt_3', { type: 'text', text: 'three', time: { start: 30 } })
    const catalog = openCatalog({ roots: [db.done()] })
    const expected = [
      ['msg_1', 'user', ['prt_1']],
      ['msg_2', 'assistant', ['prt_2']],
      ['msg_3', 'assistant', ['prt_3']],
      ['msg_9', 'assistant', []],
    ]
    const read = (all: Iterable<{ id: string; info: object; parts: readonly { id: string }[] }>) =>
      Array.from(all, ({ id, info, parts }) => [id, (info as { role: string }).role, parts.map((part) => part.id)])
    expect(read(catalog.messages('ses_1'))).toEqual(expected)
    expect(read([...catalog.stores[0]!.store.transcripts(['ses_1'])][0]![1])).toEqual(expected)
    expect(read(catalog.messages('ses_1', { ids: ['msg_3'] }))).toEqual([expected[2]])
    expect(read(catalog.messages('ses_1', { last: 2 }))).toEqual(expected.slice(2))
    expect(catalog.problems()).toMatchObject([{ reason: 'session ses_1: message msg_2 is not a JSON object' }])
  })

  test('in a JSON tree likewise, and a session file that is gone or cut', () => {
    const time = { created: 5 }
    const root = writeTree({
      'session/p/ses_1.json': { id: 'ses_1', title: 'one', time: { created: 1, updated: 1 } },
      'session/p/ses_2.json': '{"id": "ses_2", "tit',
      'project/p.json': { id: 'p', worktree: '/work' },
      'message/ses_1/msg_1.json': '{"id": "msg_1", "ro',
      'part/msg_1/prt_1.json': { id: 'prt_1', type: 'text', text: 'whole' },
      'message/ses_2/msg_2.json': { id: 'msg_2', role: 'user', time },
      'part/msg_2/prt_2.json': { id: 'prt_2', type: 'text', text: 'second' },
      'message/ses_3/msg_3.json': { id: 'msg_3', role: 'assistant', time, path: { root: '/', cwd: '/there' } },
      'message/ses_4/.keep': '',
    })
    const catalog = openCatalog({ roots: [root] })
    expect(
      [...catalog.sessions({ sort: 'title' })].map(({ id, title, directory, projectID }) => [id, title, directory, projectID]),
    ).toEqual([
      ['ses_1', 'one', '/work', 'p'],
      ['ses_3', 'Recovered session', '/there', null],
      ['ses_2', 'Recovered: second', '/work', 'p'],
    ])
    expect(transcript(catalog, 'ses_1')).toMatchObject([
      { id: 'msg_1', info: { role: 'user' }, parts: [{ data: { text: 'whole' } }] },
    ])
    expect(catalog.stored('ses_3')?.info).toMatchObject({ id: 'ses_3', directory: '/there' })
    expect([...catalog.stores[0]!.store.records('ses_3')]).toHaveLength(1)
    rmSync(join(root, 'session'), { recursive: true })
    catalog.refresh()
    expect([...catalog.sessions()]).toHaveLength(3)
  })

  test.each(['0.5.29', '1.0.0', '1.1.65'])('in a JSON tree of %s a message whose file is gone altogether', (release) => {
    const data = copyStore(release)
    const whole = openCatalog({ roots: [data] })
    const files = (folder: string) =>
      readdirSync(data, { recursive: true, encoding: 'utf8' }).filter(
        (path) => path.includes(`/${folder}/`) && path.endsWith('.json'),
      )
    const withParts = new Set(files('part').map((path) => basename(dirname(path))))
    const lost = files('message').find((path) => withParts.has(basename(path, '.json')))!
    const [session, message] = [basename(dirname(lost)), basename(lost, '.json')]
    const before = transcript(whole, session)
    rmSync(join(data, lost))
    // What is deleted leaves its folder behind.
    const empty = files('part')
      .find((path) => path.includes(message))!
      .replace(message, 'msg_deleted')
    mkdirSync(join(data, dirname(empty)), { recursive: true })
    const catalog = openCatalog({ roots: [data] })
    const after = transcript(catalog, session)
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id))
    const [was, is] = [before, after].map((messages) => messages.find(({ id }) => id === message))
    expect(is!.parts).toEqual(was!.parts)
    expect(is!.info.role).toBe(was!.info.role)
    expect(catalog.problems()).toEqual([
      {
        path: expect.stringContaining(message),
        reason: expect.stringContaining('file of their message is gone'),
        kind: 'unreadable',
      },
    ])
    const { store } = catalog.stores.find(({ store }) => store.session(session))!
    const parts = [...store.records(session)].filter((record) => 'file' in record && record.file.includes(message))
    expect(parts).toHaveLength(was!.parts.length)
    for (const { id } of catalog.sessions()) if (id !== session) expect(transcript(catalog, id)).toEqual(transcript(whole, id))
  })

  test('a damaged project file of a JSON tree is named', () => {
    const root = writeTree({
      'session/p/ses_1.json': { id: 'ses_1', title: 'one', directory: '/work', time: { created: 1, updated: 1 } },
      'project/p.json': '{"id": "p", "wor',
    })
    const catalog = openCatalog({ roots: [root] })
    expect([...catalog.sessions()]).toHaveLength(1)
    expect(catalog.problems()).toMatchObject([{ path: join(root, 'project/p.json') }])
  })
})

describe('a session whose parent cannot show it', () => {
  const listed = (catalog: Catalog) =>
    Array.from(catalog.sessions({ roots: true, sort: 'title' }), ({ title, detached }) => [title, detached])

  test('is a root: orphans, own parents and circles', () => {
    const db = new TestDatabase()
    const add = (title: string, parent: string | null) =>
      db.session({ id: `ses_${title}`, title, parent_id: parent && `ses_${parent}` })
    add('root', null)
    add('child', 'root')
    add('grandchild', 'child')
    add('orphan', 'gone')
    add('below', 'orphan')
    add('self', 'self')
    add('p', 'q')
    add('q', 'r')
    add('r', 'p')
    add('hangs', 'p')
    const catalog = openCatalog({ roots: [db.done()] })
    expect(listed(catalog)).toEqual([
      ['orphan', 'parent-gone'],
      ['r', 'circle'],
      ['root', undefined],
      ['self', 'circle'],
    ])
    const inTrees = [...catalog.sessions({ roots: true })].flatMap((root) =>
      Array.from(catalog.tree(root), ([{ title }]) => title),
    )
    expect(inTrees.sort()).toEqual(['below', 'child', 'grandchild', 'hangs', 'orphan', 'p', 'q', 'r', 'root', 'self'])
    expect(catalog.session('ses_self')).toMatchObject({ subagents: 0, parentID: 'ses_self' })
    expect([...catalog.sessions({ parentIDs: ['ses_p'] })].map(({ title }) => title)).toEqual(['hangs'])
  })

  test('unless another store has the parent, and by the copy that leads', () => {
    const data = writeTree({
      'storage/session/p/ses_parent.json': { title: 'parent', time: { created: 1, updated: 1 } },
      'storage/session/p/ses_both.json': { title: 'both', parentID: 'ses_nowhere', time: { created: 1, updated: 1 } },
    })
    const db = new TestDatabase('1.18.33', join(data, 'opencode.db'))
    db.session({ id: 'ses_child', title: 'child', parent_id: 'ses_parent' })
    db.session({ id: 'ses_both', title: 'both', parent_id: 'ses_parent', time_updated: 9 }).done()
    expect(listed(openCatalog({ roots: [data] }))).toEqual([['parent', undefined]])
  })
})

describe('a stray copy of a file in a JSON tree', () => {
  test('is never a second session, message or part', () => {
    const session = { id: 'ses_1', title: 'one', time: { created: 1, updated: 1 } }
    const message = { id: 'msg_1', role: 'user', time: { created: 1 } }
    const part = { id: 'prt_1', type: 'text', text: 'said' }
    const root = writeTree({
      'session/p/ses_1.json': session,
      'session/p/ses_1.sync-conflict-20260901-101112-ABCDEFG.json': session,
      'message/ses_1/msg_1.json': message,
      "message/ses_1/msg_1 (laptop's conflicted copy 2026-09-01).json": message,
      'part/msg_1/prt_1.json': part,
      'part/msg_1/prt_1 (1).json': part,
      'part/msg_1/prt_2-LAPTOP.json': { ...part, id: 'prt_2', text: 'only here' },
    })
    const catalog = openCatalog({ roots: [root] })
    expect([...catalog.sessions()].map(({ id }) => id)).toEqual(['ses_1'])
    expect(transcript(catalog, 'ses_1')).toMatchObject([{ id: 'msg_1', parts: [{ id: 'prt_1' }, { id: 'prt_2' }] }])
    expect(catalog.problems().map(({ reason }) => reason)).toEqual([
      'a stray copy of ses_1, which is there: not read',
      'a stray copy of msg_1, which is there: not read',
      'a stray copy of prt_1, which is there: not read',
    ])
  })
})
