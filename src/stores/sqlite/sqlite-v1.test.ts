import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Database } from '../../sqlite/database.ts'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore } from '../../testing/temp.ts'
import { matches, sessionOrder } from '../filter.ts'
import type { SessionFilter } from '../store.ts'
import { SqliteV1Store } from './sqlite-v1.ts'

function open(path: string): SqliteV1Store {
  const db = new Database(path)
  return new SqliteV1Store(db, db.tables())
}

describe('listing', () => {
  const time = fc.integer({ min: 0, max: 5 })
  const row = fc.record({
    parent_id: fc.option(fc.constantFrom('ses_00', 'ses_01', ''), { nil: null }),
    project_id: fc.constantFrom('p', 'q', 'global'),
    title: fc.constantFrom('Alpha', 'alpha', 'Ätna', 'look (@explore subagent)', 'x%_', ''),
    slug: fc.constantFrom('calm-heron', 'brave-otter'),
    directory: fc.constantFrom('/work', '/work/app', '/other'),
    cost: fc.constantFrom(0, 1, 2.5),
    time_created: time,
    time_updated: time,
    time_archived: fc.option(time, { nil: null }),
  })
  const scope = fc.record({
    ids: fc.subarray(['p', 'q']).map((ids) => new Set(ids)),
    directories: fc.subarray(['/work', '/other/x']),
    except: fc.subarray(['global']).map((ids) => new Set(ids)),
  })
  const filter: fc.Arbitrary<SessionFilter> = fc.record(
    {
      roots: fc.boolean(),
      unlinked: fc.boolean(),
      parentIDs: fc.subarray(['ses_00', 'ses_01']),
      project: scope,
      since: time,
      until: time,
      archived: fc.constantFrom('only' as const, 'no' as const),
      title: fc.constantFrom('alpha', 'ÄTNA', '%'),
      text: fc.subarray(['calm', 'work', 'ses_0', '%']),
      sort: fc.constantFrom('updated' as const, 'created' as const, 'title' as const),
    },
    { requiredKeys: [] },
  )

  test('in SQL gives what the filter and the order say', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.array(filter, { minLength: 4, maxLength: 4 }), (rows, filters) => {
        const made = new TestDatabase()
        for (const [index, values] of rows.entries()) made.session({ id: `ses_${String(index).padStart(2, '0')}`, ...values })
        const store = open(made.done())
        const all = [...store.sessions()]
        expect(all).toHaveLength(rows.length)
        for (const wanted of filters) {
          const expected = all.filter((session) => matches(session, wanted)).sort(sessionOrder(wanted.sort))
          expect([...store.sessions(wanted)].map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
        }
        store.close()
      }),
      { numRuns: 60 },
    )
  })

  test('works whichever of the later columns and tables a schema lacks', () => {
    const data = copyStore('1.18.33')
    const db = new DatabaseSync(join(data, 'opencode.db'))
    const columns = [
      'agent',
      'model',
      'cost',
      'tokens_input',
      'tokens_output',
      'time_archived',
      'revert',
      'path',
      'metadata',
      'share_url',
    ]
    for (const column of columns) db.exec(`ALTER TABLE session DROP COLUMN ${column}`)
    db.exec('DROP TABLE project_directory; DROP TABLE todo; DROP TABLE session_message')
    db.close()
    const store = open(join(data, 'opencode.db'))
    const sessions = [...store.sessions({ sort: 'created', archived: 'no' })]
    expect(sessions).toHaveLength(9)
    expect(sessions[0]).toMatchObject({ agent: null, model: null, cost: null, tokens: null, revert: null })
    expect([...store.messages('ses_e0357cce2ffe66y22yqwafqA4x')]).toHaveLength(12)
    expect([...store.projects()]).toHaveLength(2)
    expect(store.problems()).toEqual([])
  })

  test('knows beginnings of ids, and children', () => {
    const store = open(
      new TestDatabase().session({ id: 'ses_aa' }).session({ id: 'ses_ab', parent_id: 'ses_aa' }).session({ id: 'ses_b' }).done(),
    )
    expect(store.idsStartingWith('ses_a', 5)).toEqual(['ses_aa', 'ses_ab'])
    expect(store.idsStartingWith('ses_a', 1)).toEqual(['ses_aa'])
    expect(store.idsStartingWith("ses_' OR 1", 5)).toEqual([])
    expect([...store.children(['ses_aa', 'ses_b'])]).toEqual([['ses_aa', 'ses_ab']])
  })
})

describe('records that are not as they should be', () => {
  test('are named, and everything else is read', () => {
    const path = new TestDatabase()
      .session({ id: 'ses_good' })
      .session({ id: '../../etc/passwd', title: 'climbs' })
      .session({ id: 'ses_odd', model: 'nope', revert: '[1]', time_updated: 'soon', title: '\u001b[31mred\u0007\nline' })
      .message('ses_good', 'msg_1', { role: 'user' }, 1)
      .message('ses_good', 'msg_2', '{"role":', 2)
      .message('ses_good', 'msg_3', '[]', 3)
      .message('ses_good', 'msg_4', { role: 'user' }, 4)
      .part('ses_good', 'msg_1', 'prt_1', '{cut')
      .part('ses_good', 'msg_1', 'prt_2', { type: 'text', text: 'kept' })
      .part('ses_good', 'msg_1', 'prt_3', { type: 'hologram', depth: 3 })
      .done()
    const store = open(path)
    const sessions = [...store.sessions()]
    expect(sessions.map(({ id }) => id).sort()).toEqual(['../../etc/passwd', 'ses_good', 'ses_odd'])
    expect(sessions.at(-1)).toMatchObject({ id: 'ses_odd', model: null, revert: null, time: { updated: 1000 } })
    const messages = [...store.messages('ses_good'), ...store.messages('ses_good')] // twice: each problem is named once
    expect(messages.map(({ id }) => id)).toEqual(['msg_1', 'msg_4', 'msg_1', 'msg_4'])
    expect(messages[0]!.parts.map(({ id }) => id)).toEqual(['prt_2', 'prt_3'])
    expect(
      store
        .problems()
        .map(({ reason }) => reason)
        .sort(),
    ).toEqual([
      'message msg_1: part prt_1 is not a JSON object',
      'session "../../etc/passwd": an id that OpenCode does not make',
      'session ses_good: message msg_2 is not a JSON object',
      'session ses_good: message msg_3 is not a JSON object',
      'session ses_odd: model is not a JSON object',
      'session ses_odd: revert is not a JSON object',
    ])
  })

  test('messages are in the order of time, across the instant when ids wrapped', () => {
    const path = new TestDatabase()
      .session({ id: 'ses_1' })
      .message('ses_1', 'msg_fffffffff001aaaaaaaaaaaaaa', { role: 'user' }, 100)
      .message('ses_1', 'msg_000000000001aaaaaaaaaaaaaa', { role: 'assistant' }, 200)
      .done()
    const store = open(path)
    expect([...store.messages('ses_1')].map(({ created }) => created)).toEqual([100, 200])
    expect([...store.messages('ses_1', { last: 1 })].map(({ created }) => created)).toEqual([200])
  })

  test('long sessions come whole, in chunks, with messages of the same time in the order of ids', () => {
    const made = new TestDatabase().session({ id: 'ses_1' })
    const ids = Array.from({ length: 205 }, (_item, n) => `msg_${String(n).padStart(4, '0')}`)
    for (const [n, id] of ids.entries()) made.message('ses_1', id, { role: 'user' }, Math.floor(n / 60))
    const store = open(made.done())
    expect([...store.messages('ses_1')].map(({ id }) => id)).toEqual(ids)
    expect([...store.messages('ses_1', { last: 70, parts: false })].map(({ id }) => id)).toEqual(ids.slice(-70))
  })
})

describe('lossless records', () => {
  test('are the bytes that SQLite holds, and no secret', () => {
    const made = new TestDatabase().session({ id: 'ses_1', title: 'x' }).insert('session_share', {
      session_id: 'ses_1',
      id: 's',
      secret: 'hush',
      url: 'https://x',
      time_created: 1,
      time_updated: 1,
    })
    made.db.exec("UPDATE session SET title = CAST(x'610062ff' AS TEXT), time_created = 9007199254740991")
    made.message('ses_1', 'msg_1', '{"n":12345678901234567890,"a":1,"a":2}')
    const hex = made.db.prepare('SELECT hex(CAST(title AS BLOB)) AS title FROM session').get()
    const records = [...open(made.done()).records('ses_1')].filter((record) => 'table' in record)
    const bytes = (table: string, column: string) =>
      Buffer.from(records.find((record) => record.table === table)!.columns.get(column) as Uint8Array)
    expect(records.map(({ table }) => table)).toEqual(['session', 'message', 'session_share'])
    expect(bytes('session', 'title').toString('hex').toUpperCase()).toBe(hex!.title)
    expect(records[0]!.columns.get('time_created')).toBe(9007199254740991)
    expect(bytes('message', 'data').toString()).toBe('{"n":12345678901234567890,"a":1,"a":2}')
    expect(records[2]!.columns.has('secret')).toBe(false)
  })
})

describe('damaged pages', () => {
  const count = 300

  function big(): { path: string; pages: (table: string, type: string) => number[] } {
    const made = new TestDatabase()
    made.db.exec('BEGIN')
    for (let n = 0; n < count; n++) {
      const id = `ses_${String(n).padStart(4, '0')}`
      made.session({
        id,
        title: `Session ${n} ${'x'.repeat(200)}`,
        time_updated: n,
        parent_id: n % 3 ? `ses_${String(n - (n % 3)).padStart(4, '0')}` : null,
      })
      for (let m = 0; m < 4; m++) {
        made
          .message(id, `msg_${n}_${m}`, { role: 'user', pad: 'y'.repeat(300) }, m)
          .part(id, `msg_${n}_${m}`, `prt_${n}_${m}`, { type: 'text', text: 'z'.repeat(300) })
      }
    }
    made.db.exec('COMMIT')
    const rows = made.db.prepare('SELECT name, pageno, pagetype FROM dbstat').all()
    const pages = (table: string, type: string) =>
      rows.filter((row) => row.name === table && row.pagetype === type).map((row) => Number(row.pageno))
    return { path: made.done(), pages }
  }

  function destroy(path: string, page: number): void {
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(4096, 0xa7), 0, 4096, (page - 1) * 4096)
    closeSync(file)
  }

  test('of the table of sessions cost the sessions on them, each named once', () => {
    const { path, pages } = big()
    destroy(path, pages('session', 'leaf')[3]!)
    const store = open(path)
    const listed = [...store.sessions()]
    expect(listed.length).toBeGreaterThan(count - 20)
    expect(listed.length).toBeLessThan(count)
    expect([...store.sessions({ roots: true })].every(({ parentID }) => parentID === null)).toBe(true)
    const lost = store.problems().filter(({ reason }) => /^session ses_\d{4}: /.test(reason))
    expect(lost).toHaveLength(count - listed.length)
    expect(store.size().sessions).toBe(listed.length)
  })

  test.each(['sqlite_autoindex_session_1', 'session_parent_idx'])('of the index %s cost nothing', (index) => {
    const { path, pages } = big()
    for (const page of pages(index, 'leaf')) destroy(path, page)
    const store = open(path)
    expect([...store.sessions()]).toHaveLength(count)
    expect([...store.children(['ses_0000'])]).toHaveLength(2)
    expect(store.session('ses_0007')?.title).toMatch(/^Session 7 /)
    expect(store.updated(['ses_0007']).get('ses_0007')).toBe(7)
    expect(store.idsStartingWith('ses_000', 20)).toHaveLength(10)
  })

  test('a damaged project table is named, and hides no session', () => {
    const { path, pages } = big()
    for (const page of pages('project', 'leaf')) destroy(path, page)
    const store = open(path)
    expect([...store.projects()]).toEqual([])
    expect(store.problems().map(({ reason }) => reason)).toEqual([expect.stringMatching(/^table project: /)])
    expect([...store.sessions()]).toHaveLength(count)
  })

  test.each([
    ['message', 'leaf'],
    ['part', 'leaf'],
    ['message_session_time_created_id_idx', 'leaf'],
    ['part_message_id_id_idx', 'leaf'],
  ])('of %s leave all sessions, and all messages and parts that are elsewhere', (table, type) => {
    const { path, pages } = big()
    destroy(path, pages(table, type)[5]!)
    const store = open(path)
    const sessions = [...store.sessions()]
    expect(sessions).toHaveLength(count)
    const messages = sessions.flatMap(({ id }) => [...store.messages(id)])
    const parts = messages.flatMap((message) => message.parts)
    const lost = count * 4 - messages.length + (table === 'part' ? messages.length - parts.length : 0)
    if (table.endsWith('_idx')) expect(lost).toBe(0)
    else {
      expect(lost).toBeGreaterThan(0)
      expect(lost).toBeLessThan(20)
      expect(store.problems()).toHaveLength(lost)
    }
  })
})

test('any JSON value in a field that nobody knows survives', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const path = new TestDatabase()
        .session({ id: 'ses_1' })
        .message('ses_1', 'msg_1', { role: 'user', novel: a })
        .part('ses_1', 'msg_1', 'prt_1', { type: 'hologram', novel: b })
        .done()
      const store = open(path)
      const [message] = store.messages('ses_1')
      expect(message!.info.novel).toEqual(JSON.parse(JSON.stringify(a)))
      expect(message!.parts[0]!.data.novel).toEqual(JSON.parse(JSON.stringify(b)))
      store.close()
    }),
    { numRuns: 40 },
  )
})

test('integers beyond 2^53 stop nothing, and a walk over them loses nothing', () => {
  const database = new TestDatabase().session({ id: 'ses_1', time_updated: 2n ** 63n - 1n }).session({ id: 'ses_2' })
  const ids = Array.from({ length: 120 }, (_item, n) => `msg_${String(n).padStart(3, '0')}`)
  for (const [n, id] of ids.entries()) {
    const row = { id, session_id: 'ses_1', time_updated: 0, data: '{"role":"user"}' }
    database.insert('message', { ...row, time_created: 2n ** 63n - 1n - BigInt(120 - n) })
  }
  const store = open(database.done())
  expect([...store.sessions()].map(({ id }) => id).sort()).toEqual(['ses_1', 'ses_2'])
  expect([...store.messages('ses_1')].map(({ id }) => id)).toEqual(ids)
  expect(JSON.parse(JSON.stringify(store.info('ses_1')))).toMatchObject({ info: { time: { updated: 2 ** 63 } } })
  expect(store.problems()).toEqual([])
})
