import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import type { RawRecord, Store } from '../../stores/store.ts'
import { TestDatabase } from '../../testing/database.ts'
import { storeOf, writeTree } from '../../testing/temp.ts'
import { parseEntry, projectRecordsOf, recordsOf } from './document.ts'
import { printEntry } from './entry.ts'
import { type BlobContent, withBlobs } from './records.ts'

/** Records such that they are equal only if each byte and each type is. */
const plain = (records: Iterable<RawRecord<BlobContent>>) =>
  [...withBlobs(records, () => expect.unreachable())].map((record) =>
    'file' in record
      ? { file: record.file, bytes: Buffer.from(record.bytes).toString('latin1') }
      : {
          table: record.table,
          columns: [...record.columns].map(([column, value]) => [
            column,
            value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('latin1')}` : value,
          ]),
        },
  )

function roundTrip(store: Store, id: string): void {
  const problems: string[] = []
  const printed = printEntry(store, id, (problem) => problems.push(problem))
  const text = [...printed.pieces].join('')
  const document = parseEntry('a test', Buffer.from(text))
  expect(document.id).toBe(id)
  expect(plain(recordsOf(document))).toEqual(plain(store.records(id)))
  const projectID = store.session(id)?.projectID
  expect(plain(projectRecordsOf(document))).toEqual(plain(projectID ? store.projectRecords(projectID) : []))
  expect(document.messages).toHaveLength(printed.facts.counts.messages)
  expect(problems).toEqual([])
}

const fixtures = readdirSync(join(import.meta.dirname, '../../../fixtures/stores'))

describe('records come back from a document byte for byte', () => {
  test.each(fixtures)('%s', (release) => {
    const catalog = openCatalog({ roots: [storeOf(release)] })
    let sessions = 0
    for (const { store } of catalog.stores) {
      for (const { id } of store.sessions()) {
        roundTrip(store, id)
        sessions++
      }
    }
    catalog.close()
    expect(sessions).toBeGreaterThan(0)
  })
})

/** Texts that JSON, UTF-8 or SQLite do not bring back as they were, and those that look like them. */
const hostile = [
  '{"type":"text","text":"a\\u0000b"}',
  '{"type":"text","text":"a\0b"}',
  Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  '{"type":"text","text":"\\ud800"}',
  '{"n":1e400}',
  '{"n":9007199254740993}',
  '{"n":-0}',
  '{"n":1.0}',
  '{"a":1,"a":2}',
  '{"__proto__":{"polluted":true},"constructor":1}',
  '{"10":1,"9":2,"b":3}',
  '{"id":"prt_other","sessionID":"ses_other","messageID":"m","type":"text"}',
  ' { "type" : "text" } ',
  '\ufeff{"type":"text"}',
  '[1,2]',
  'null',
  '',
  'not json',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `{"deep":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}`,
  `{"type":"text","text":"${'x'.repeat(5 * 2 ** 20)}"}`,
  '{"type":"text","text":"ends with a lone \\"} \u2028 \u202e"}',
]

const anyData = fc.oneof(
  fc.constantFrom(...hostile.filter(({ length }) => length < 1000)),
  fc.json(),
  fc.object().map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
)
const anyID = fc.oneof(
  fc.constantFrom('msg_1', 'msg_2', 'msg_1 msg_2', '__proto__', 'é', 'a/b'),
  fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.includes('\0')),
)
const asText = (data: string | Uint8Array) => Buffer.from(data)

/** A database with these rows, text as text whatever its bytes are. */
function databaseOf(messages: readonly [string, string | Uint8Array][], parts: readonly [string, string, string | Uint8Array][]) {
  const made = new TestDatabase()
  made.session({ id: 'ses_1', cost: 0.5, time_updated: 9_007_199_254_740_993n, title: 'a\0b' })
  const message = made.db.prepare(
    "INSERT OR IGNORE INTO message (id, session_id, time_created, time_updated, data) VALUES (?, 'ses_1', ?, -0.0, CAST(? AS TEXT))",
  )
  for (const [index, [id, data]] of messages.entries()) message.run(id, index, asText(data))
  const part = made.db.prepare(
    "INSERT OR IGNORE INTO part (id, message_id, session_id, time_created, time_updated, data) VALUES (?, ?, 'ses_1', 9e999, 1.5, CAST(? AS TEXT))",
  )
  for (const [id, messageID, data] of parts) part.run(id, messageID, asText(data))
  return made.done()
}

function holds(path: string): void {
  const catalog = openCatalog({ roots: [path] })
  try {
    const { store } = catalog.stores[0]!
    const text = [...printEntry(store, 'ses_1', () => undefined).pieces].join('')
    expect(plain(recordsOf(parseEntry('a test', Buffer.from(text))))).toEqual(plain(store.records('ses_1')))
  } finally {
    catalog.close()
  }
}

describe('records that JSON does not bring back', () => {
  test('each kind', () => {
    const messages = hostile.map((data, index): [string, string | Uint8Array] => [`msg_${index}`, data])
    holds(
      databaseOf(
        [['msg_0', '{"role":"user"}'], ...messages],
        hostile.map((data, index) => [`prt_${index}`, 'msg_0', data]),
      ),
    )
  })

  test('any', () => {
    const rows = fc.array(fc.tuple(anyID, anyData), { maxLength: 6 })
    const parts = fc.array(fc.tuple(anyID, anyID, anyData), { maxLength: 8 })
    fc.assert(
      fc.property(rows, parts, (messages, some) => holds(databaseOf(messages, some))),
      { numRuns: 60 },
    )
  })

  test('in a tree of files', () => {
    const session = {
      id: 'ses_1',
      title: 'T',
      time: { created: 1, updated: 2 },
      projectID: 'p',
      directory: '/d',
      version: '1',
      slug: 's',
    }
    const files = Object.fromEntries(
      hostile.slice(0, 18).flatMap((data, index) => [
        [`storage/message/ses_1/msg_${index}.json`, data],
        [`storage/part/msg_0/prt_${index}.json`, data],
      ]),
    )
    const root = writeTree({
      'storage/session/p/ses_1.json': JSON.stringify(session, null, 2),
      'storage/project/p.json': { id: 'p', worktree: '/d' },
      'storage/session_share/ses_1.json': { id: 'x', secret: 'hush', url: 'https://example.invalid' },
      ...files,
      'storage/message/ses_1/msg_0.json': JSON.stringify({ id: 'msg_0', role: 'user', time: { created: 1 } }, null, 2),
    })
    const catalog = openCatalog({ roots: [join(root, 'storage')] })
    const { store } = catalog.stores[0]!
    const text = [...printEntry(store, 'ses_1', () => undefined).pieces].join('')
    expect(plain(recordsOf(parseEntry('a test', Buffer.from(text))))).toEqual(plain(store.records('ses_1')))
    expect(text).toContain('"from":"session"')
    expect(text).not.toContain('hush')
    expect(text).toContain('session_share')
  })

  test('what the body has is not kept twice', () => {
    const path = join(storeOf('1.18.33'))
    const catalog = openCatalog({ roots: [path] })
    for (const { store } of catalog.stores) {
      for (const { id } of store.sessions()) {
        const document = parseEntry('a test', Buffer.from([...printEntry(store, id, () => undefined).pieces].join('')))
        const groups = document.records as { table: string; columns: string[]; rows: unknown[][] }[]
        for (const { columns, rows } of groups.filter(({ table }) => table === 'message' || table === 'part')) {
          for (const row of rows) expect(row[columns.indexOf('data')]).toBe(true)
        }
      }
    }
  })
})

describe('a document that is parsed piece by piece says what it says parsed at once', () => {
  const both = (text: string): void => {
    const [small, large] = [Number.POSITIVE_INFINITY, 0].map((whole) => parseEntry('a test', Buffer.from(text), whole))
    const all = (document: typeof small) => ({
      ...document!,
      objects: undefined,
      messages: [...document!.messages],
      records: plain(recordsOf(document!)),
      project: plain(projectRecordsOf(document!)),
    })
    expect(all(large)).toEqual(all(small))
  }

  test.each(fixtures)('%s', (release) => {
    const catalog = openCatalog({ roots: [storeOf(release)] })
    for (const { store } of catalog.stores) {
      for (const { id } of store.sessions()) {
        const text = [...printEntry(store, id, () => undefined).pieces].join('')
        both(text)
        both(JSON.stringify(JSON.parse(text)))
      }
    }
    catalog.close()
  })

  test('whatever is cut off of it, or put into it, is one error in both', () => {
    const db = new TestDatabase()
    db.session({ id: 'ses_1' })
    db.message('ses_1', 'msg_1', { role: 'user' })
    db.part('ses_1', 'msg_1', 'prt_1', { type: 'text', text: 'a "quoted" \\ text' })
    const catalog = openCatalog({ roots: [db.done()] })
    const text = [...printEntry(catalog.stores[0]!.store, 'ses_1', () => undefined).pieces].join('')
    catalog.close()
    const outcome = (damaged: string, whole: number) => {
      try {
        const document = parseEntry('a test', Buffer.from(damaged), whole)
        return [JSON.stringify([...document.messages]), JSON.stringify(plain(recordsOf(document)))]
      } catch (error) {
        expect(error).toMatchObject({ code: 'failed', message: expect.stringMatching(/^[^\r\n]* is damaged: [^\r\n]*$/) })
        return 'an error'
      }
    }
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.nat(3),
        fc.constantFrom('', '"', '\\', ',', ':', '{', ']', '1', ' '),
        (at, cut, put) => {
          const damaged = text.slice(0, at) + put + text.slice(at + cut)
          const whole = outcome(damaged, Number.POSITIVE_INFINITY)
          // What nobody asks for is not looked at in pieces: so there may be an answer where there is an error at once, but no
          // other answer.
          if (whole !== 'an error') expect(outcome(damaged, 0)).toEqual(whole)
          else outcome(damaged, 0)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
