import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fingerprint } from './support/files.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { fixture, json, output, run, type SessionJSON } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { tempDir } from './support/temp.ts'

/** `ocvault search` and `ocvault index` as they are published. */

interface Found {
  session: SessionJSON
  hits: { sessionID: string; messageID: string | null; partID: string | null; snippet: string; score: number }[]
  total: number
  score?: object
}

const store = (release: string) => ['--root', join(fixture(release), 'opencode')]

describe('search', () => {
  test('prints sessions with their hits, and nothing on stderr; the same without an index', async () => {
    const home = tempDir('home')
    const found = await json<Found[]>(['search', 'parsetoken', '--json', ...store('1.18.33')], { home })
    expect(found.length).toBeGreaterThan(1)
    for (const { session, hits, total } of found) {
      expect(session.parentID).toBeNull()
      expect(hits.length).toBeGreaterThan(0)
      expect(total).toBeGreaterThanOrEqual(hits.length)
      for (const hit of hits) {
        expect(Object.keys(hit)).toEqual(
          expect.arrayContaining(['sessionID', 'messageID', 'partID', 'role', 'kind', 'type', 'time', 'snippet', 'score']),
        )
        expect(hit.snippet).toMatch(/parsetoken/i)
      }
    }
    const without = (results: Found[]) =>
      results.map(({ session, hits }) => [session.id, hits.map(({ snippet, messageID }) => [snippet, messageID])])
    expect(without(await json<Found[]>(['search', 'parsetoken', '--json', '--no-index', ...store('1.18.33')], { home }))).toEqual(
      without(found),
    )
    const [{ score }] = (await json<Found[]>(['search', 'parsetoken', '--json', '--explain', ...store('1.18.33')], { home })) as [
      Found,
    ]
    expect(Object.keys(score!)).toEqual(['score', 'text', 'together', 'recency', 'project'])
  })

  test('several at once, before there is an index: each has the answer, and nothing on stderr', async () => {
    const home = tempDir('home')
    const searches = Array.from({ length: 6 }, () => run(['search', 'parsetoken', ...store('1.18.33')], { home }))
    const [first, ...others] = await Promise.all(searches)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    for (const other of others) expect(other).toEqual(first)
  })

  test('finds what show then shows: each citation is a message that is there', async () => {
    const found = await json<Found[]>(['search', 'token', '--json', ...store('1.1.65')])
    for (const { sessionID, messageID } of found.flatMap(({ hits }) => hits)) {
      if (messageID !== null) await output(['show', sessionID, '--message', messageID, ...store('1.1.65')])
    }
  })

  test('marks the words, cites, and says how to go on', async () => {
    const text = await output(['search', 'parsetoken', '--limit', '1', ...store('1.18.33')])
    expect(text).toMatch(/«parseToken»/)
    expect(text).toMatch(/ses_\w+\/msg_\w+/)
    expect(text).toMatch(/ocvault show ses_\w+ --message msg_\w+/)
    expect(text).toMatch(/opencode -s ses_\w+/)
  })

  test('finds what was meant, and says so; where that is not wanted, offers it and exits with 3', async () => {
    expect(await output(['search', 'tokne', ...store('1.18.33')])).toMatch(/^ {2}close: tokne → token$/m)
    expect(await output(['search', 'why did the parser need xyzzy', ...store('1.18.33')])).toMatch(/^ {2}relevance: .*parser/m)
    const { code, stdout, stderr } = await run(['search', 'tokne', '--tier', 'exact', ...store('1.18.33')])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toBe('ocvault: nothing matches; did you mean: token\n')
  })

  test.each([
    [['"']],
    [['OR']],
    [['/(/']],
    [['-only']],
    [['a', '--in', 'nowhere']],
    [['a', 'since:whenever']],
    [['a', '--limit', 'x']],
    [[`${'word '.repeat(200)}`]],
    [['x'.repeat(100_000)]],
  ])('of %.30j is a one-line error, exit code 2', async (query) => {
    const { code, stdout, stderr } = await run(['search', ...query, ...store('1.18.33')])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^ocvault: [^\n]+\n$/)
  })

  test.each([
    'NEAR(token parser, 2)',
    'body:token',
    'token*"',
    '^token',
    '{token}',
    'tok\u0000en',
    '\ud800token',
    "'; DROP TABLE text; --",
    'token AND NOT parser',
  ])('of %j is an answer', async (query) => {
    // A NUL cannot be an argument; it may come in a library call.
    const { code, stderr } = await run(['search', query.replace('\u0000', ' '), ...store('1.18.33')])
    expect([0, 3]).toContain(code)
    expect(stderr).not.toMatch(/Error|SQLITE|at /)
  })

  test('changes nothing in a store, and keeps its index in the cache directory', async () => {
    const home = tempDir('home')
    const data = join(tempDir('copy'), 'opencode')
    cpSync(join(fixture('1.18.33'), 'opencode'), data, { recursive: true })
    const before = fingerprint(data)
    await output(['search', 'token', '--root', data], { home })
    expect(await output(['index', '--status', '--root', data], { home })).toMatch(/9 sessions/)
    expect(fingerprint(data)).toEqual(before)
    expect(await output(['index', '--drop', '--root', data], { home })).toMatch(/no index/)
    const status = await json<{ index: string | null }[]>(['index', '--rebuild', '--json', '--root', data], { home })
    expect(status[0]!.index).toMatch(/\.cache\/ocvault\/search\//)
  })

  test('reads a large store in threads, with the same answer', async () => {
    const home = tempDir('home')
    const data = join(tempDir('copy'), 'opencode')
    cpSync(join(fixture('1.18.33'), 'opencode'), data, { recursive: true })
    const db = new DatabaseSync(join(data, 'opencode.db'))
    const columns = (table: string) =>
      db
        .prepare('SELECT name FROM pragma_table_info(?)')
        .all(table)
        .map(({ name }) => String(name))
    db.exec('PRAGMA foreign_keys = OFF; BEGIN')
    for (let n = 0; n < 60; n++) {
      const copy = (table: string, ids: readonly string[]) => {
        const values = columns(table).map((name) => (ids.includes(name) ? `${name} || '-copy${n}'` : name))
        db.exec(
          `INSERT INTO ${table} (${columns(table).join(', ')}) SELECT ${values.join(', ')}
            FROM ${table} WHERE ${ids[0]} NOT LIKE '%-copy%'`,
        )
      }
      copy('session', ['id', 'parent_id'])
      copy('message', ['id', 'session_id'])
      copy('part', ['id', 'message_id', 'session_id'])
    }
    db.exec('COMMIT')
    db.close()
    for (const query of ['parsetoken', '/parse\\w+/', 'role:user token']) {
      const indexed = await json<Found[]>(['search', query, '--limit', '0', '--sort', 'newest', '--json', '--root', data], {
        home,
      })
      const read = await json<Found[]>(
        ['search', query, '--limit', '0', '--sort', 'newest', '--json', '--no-index', '--root', data],
        { home },
      )
      expect(indexed.length).toBeGreaterThan(60)
      expect(read.map(({ session, total }) => [session.id, total])).toEqual(
        indexed.map(({ session, total }) => [session.id, total]),
      )
    }
  })
})

if (!haveOpenCode) console.warn('opencode-ai is not installed: the tests with a real OpenCode are skipped')

describe.skipIf(!haveOpenCode)('while a real OpenCode writes', () => {
  let model: ModelServer
  beforeAll(async () => {
    const count = (from: number) => Array.from({ length: 40 }, (_item, n) => `zebra${from + n} `).join('')
    model = await startModel({
      animals: [
        { say: 'firstanimal here.', call: ['bash', { command: 'echo from-the-shell', description: 'Say something' }] },
        { say: `${count(0)} secondanimal.`, pause: 40 },
      ],
      quick: [{ say: 'quickanimal and done.' }],
    })
  })
  afterAll(() => model.close())

  test('a word is found as soon as its message is complete, and never vanishes', async () => {
    const home = tempDir('home')
    const opencode = new OpenCode(model)
    await opencode.prompt('#quick')
    let writing = true
    const work = Promise.all([opencode.prompt('#animals'), opencode.prompt('#quick')]).finally(() => {
      writing = false
    })
    const seen = new Set<string>()
    const wrong: unknown[] = []
    const words = ['quickanimal', 'firstanimal', 'shell', 'secondanimal', 'zebra39']
    let rounds = 0
    const complete = () => {
      const db = new DatabaseSync(join(opencode.data, 'opencode.db'), { readOnly: true })
      const rows = db
        .prepare(
          `SELECT p.data FROM part p JOIN message m ON m.id = p.message_id
            WHERE json_extract(m.data, '$.time.completed') IS NOT NULL`,
        )
        .all()
      db.close()
      return words.filter((word) => rows.some(({ data }) => String(data).includes(word)))
    }
    const look = async () => {
      rounds++
      const before = complete()
      for (const word of words) {
        const { code, stderr } = await run(['search', word, '--json', '--root', opencode.home], { home })
        if (stderr !== '' && code !== 3) wrong.push({ word, code, stderr })
        if (code === 0) seen.add(word)
        else if (seen.has(word) || before.includes(word)) wrong.push({ word, code, vanished: seen.has(word) })
      }
    }
    while (writing) await look()
    await work
    await look()
    expect(wrong).toEqual([])
    expect([...seen].sort()).toEqual([...words].sort())
    expect(rounds).toBeGreaterThan(2)
  })
})
