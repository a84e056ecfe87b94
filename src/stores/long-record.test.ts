import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { TestDatabase } from '../testing/database.ts'
import { copyStore } from '../testing/temp.ts'
import { discover } from './catalog/discover.ts'
import { wholeRecordOf } from './long-record.ts'
import type { MessageQuery, Store } from './store.ts'

// So that a test of what is too long needs no gigabytes.
vi.mock(import('./long-record.ts'), async (original) => ({
  ...(await original()),
  longestRecordBytes: 4000,
  beginningBytes: 1000,
}))

const storeAt = (path: string): Store => discover({ roots: [path] }).stores[0]!.store

const text = `begins ${'ä'.repeat(3000)} ends`
const long = { type: 'text', text, after: 'what follows' }

/** The JSON of a record, as it is stored. */
const read = (record: object) => Buffer.concat([...wholeRecordOf(record)!.read()].map((block) => Buffer.from(block))).toString()

const named = (store: Store) => store.problems().map(({ reason }) => reason)

describe('a part that is too long to be read whole', () => {
  const database = () => {
    const db = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', { role: 'user' })
    db.part('ses_1', 'msg_1', 'prt_1', { type: 'text', text: 'before' })
    db.part('ses_1', 'msg_1', 'prt_2', long).part('ses_1', 'msg_1', 'prt_3', { type: 'text', text: 'after' })
    return storeAt(db.done())
  }
  const ways: Record<string, (store: Store, query?: MessageQuery) => unknown> = {
    alone: (store, query) => [...store.messages('ses_1', query)],
    'as one of the last': (store, query) => [...store.messages('ses_1', { ...query, last: 1 })],
    'by its id': (store, query) => [...store.messages('ses_1', { ...query, ids: ['msg_1'] })],
    'among many sessions': (store, query) => [...store.transcripts(['ses_1'], query)].flatMap(([, messages]) => [...messages]),
    'when nobody can tell what is in it': (store, query) => [...store.messages('ses_1', { ...query, wanted: () => false })],
  }
  test.each(Object.keys(ways))('is read in part, %s, and named; what stands beside it is whole', (way) => {
    const store = database()
    const [{ parts }] = ways[way]!(store) as [{ parts: { id: string; data: { text: string } }[] }]
    expect(parts.map(({ id }) => id)).toEqual(['prt_1', 'prt_2', 'prt_3'])
    expect([parts[0]!.data.text, parts[2]!.data.text]).toEqual(['before', 'after'])
    expect(parts[1]!.data.text).toMatch(/^begins ä{400,}$/)
    expect(named(store)).toEqual([
      expect.stringMatching(/^message msg_1: part prt_2 is \d+ MB long, too long to be read at once/),
    ])
  })

  test('leads to all of its bytes, also from a copy', () => {
    const { parts } = [...database().messages('ses_1')][0]!
    expect(wholeRecordOf(parts[0]!.data)).toBeUndefined()
    const whole = wholeRecordOf({ id: 'prt_2', ...parts[1]!.data })!
    expect(whole.bytes).toBe(Buffer.byteLength(JSON.stringify(long)))
    expect(read(parts[1]!.data)).toBe(JSON.stringify(long))
    expect(Object.keys(parts[1]!.data)).toEqual(['type', 'text'])
  })

  test('has no text beside it, where texts are asked for', () => {
    const { parts } = [...database().messages('ses_1', { json: true })][0]!
    expect(parts.map(({ json }) => json === undefined)).toEqual([false, true, false])
  })

  test('that is no object is named as such', () => {
    const db = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', { role: 'user' })
    const store = storeAt(db.part('ses_1', 'msg_1', 'prt_1', `"${'x'.repeat(5000)}"`).done())
    expect([...store.messages('ses_1')]).toMatchObject([{ parts: [] }])
    expect(named(store)).toEqual(['message msg_1: part prt_1 is not a JSON object'])
  })
})

test('a message of 1.x that is too long keeps its parts', () => {
  const db = new TestDatabase().session({ id: 'ses_1' })
  db.message('ses_1', 'msg_1', { role: 'user', summary: { diffs: [{ file: 'a.ts', after: text }] }, agent: 'build' })
  const store = storeAt(db.part('ses_1', 'msg_1', 'prt_1', { type: 'text', text: 'here' }).done())
  const [message] = [...store.messages('ses_1')]
  expect(message).toMatchObject({ created: 1000, info: { role: 'user', summary: { diffs: [{ file: 'a.ts' }] } } })
  expect(message!.parts).toMatchObject([{ data: { text: 'here' } }])
  expect(named(store)).toEqual([expect.stringContaining('session ses_1: message msg_1 is 0 MB long')])
})

test('a message of 2.x that is too long is read as far as its beginning goes', () => {
  const db = new TestDatabase('2.0-constructed')
  db.insert('session_v2', {
    id: 'ses_1',
    project_id: 'global',
    slug: 's',
    directory: '/w',
    title: 'x',
    version: '2',
    time_created: 1,
    time_updated: 1,
  })
  const content = [
    { type: 'text', text: 'first' },
    { type: 'text', text },
  ]
  const data = JSON.stringify({ time: { created: 1 }, content, finish: 'stop' })
  db.insert('session_message', {
    id: 'msg_1',
    session_id: 'ses_1',
    type: 'assistant',
    seq: 1,
    time_created: 1,
    time_updated: 1,
    data,
  })
  const store = discover({ roots: [db.done()] }).stores.find(({ store }) => store.kind === 'sqlite-v2')!.store
  const [message] = [...store.messages('ses_1')]
  expect(message!.info.content).toEqual([content[0], { type: 'text', text: expect.stringMatching(/^begins ä+$/) }])
  expect(read(message!.info)).toBe(data)
})

test('files of a JSON tree that are too long are read in part, and named', () => {
  const data = copyStore('1.1.65')
  const store = storeAt(data)
  const { id } = [...store.sessions()][0]!
  const { id: messageID, parts } = [...store.messages(id)][0]!
  const folder = join(data, 'storage/part', messageID)
  const path = join(folder, `${parts[0]!.id}.json`)
  const json = JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...long })
  writeFileSync(path, `\uFEFF${json}`)
  const again = storeAt(data)
  const message = [...again.messages(id)].find((one) => one.id === messageID)!
  expect(message.parts).toHaveLength(readdirSync(folder).length)
  expect(message.parts[0]!.data).toMatchObject({ type: 'text', text: expect.stringMatching(/^begins ä+$/) })
  expect(read(message.parts[0]!.data)).toBe(json)
  expect(named(again)).toEqual([expect.stringContaining('too long to be read at once')])
})
