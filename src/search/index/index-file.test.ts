import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { removeDatabase } from '../../sqlite/database-files.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import { tempDir } from '../../testing/temp.ts'
import { parseQuery } from '../query.ts'
import { fieldNumber } from '../text/searchable.ts'
import { indexedText } from '../text/tokens.ts'
import { type Attributes, packAttributes, unpackAttributes } from './attributes.ts'
import { firstOfMessage } from './directory.ts'
import { DamagedIndex, IndexFile } from './index-file.ts'
import { eachInSession, Postings } from './postings.ts'
import { selectionIn } from './selection.ts'
import { UnitAttributes } from './unit-attributes.ts'

const store = { kind: 'sqlite-v1', path: '/nowhere/opencode.db' } as Store
const header = (id: string, change: Partial<SessionHeader> = {}) =>
  ({
    id,
    parentID: null,
    projectID: 'p1',
    directory: '/w',
    time: { created: 1, updated: 1, archived: null },
    ...change,
  }) as SessionHeader

/** Writes a session: its title, and for each message the texts of its units, all answers. */
function write(index: IndexFile, session: SessionHeader, title: string, ...messages: string[][]): void {
  const unit = (text: string, field: 'title' | 'answer') => ({
    tool: field === 'answer' ? 'bash' : '',
    size: text.length,
    texts: [[fieldNumber(field), indexedText(text)] as const],
  })
  const writer = index.begin(session)
  if (title !== '') writer.title(unit(title, 'title'))
  for (const [n, texts] of messages.entries()) {
    const about = { id: `msg_${session.id}_${n}`, role: 'assistant', kind: 'answer', agent: 'build', model: 'a/b' }
    writer.message(
      about,
      texts.map((text) => unit(text, 'answer')),
    )
  }
  index.end(writer, `mark of ${session.id}`, null, [])
}

function filled(): IndexFile {
  const path = join(tempDir(), 'index.sqlite')
  const index = IndexFile.create(path, store)
  write(index, header('ses_a'), 'alpha', ['beta one', 'beta two'], ['gamma'])
  write(index, header('ses_b', { parentID: 'ses_a', directory: '/x' }), '', [], ['beta'])
  write(index, header('ses_c', { parentID: 'ses_gone', time: { created: 1, updated: 9, archived: 9 } }), 'beta')
  index.finish()
  return IndexFile.open(path, store)!
}

/** The sessions, and their units, in which a word stands. */
function found(index: IndexFile, query: string): string[] {
  const directory = index.directory()
  const places: string[] = []
  const rows = new Postings(index, parseQuery(query).clauses.flat()).all(0)
  eachInSession(directory, rows, 0, (at, unit) => places.push(`${directory.ids[at]}:${unit - directory.first[at]!}`))
  return places
}

describe('an index', () => {
  test('says where words stand, and what is known of sessions', () => {
    const index = filled()
    expect(found(index, 'beta')).toEqual(['ses_a:1', 'ses_a:2', 'ses_b:0', 'ses_c:0'])
    expect(found(index, 'title:beta')).toEqual(['ses_c:0'])
    expect(found(index, 'bet*')).toHaveLength(4)
    expect(index.count('"beta"', null, 2)).toBe(2)
    expect(index.count('"beta"', [fieldNumber('answer')], 99)).toBe(3)
    expect(index.marks().get('ses_b')).toBe('mark of ses_b')
    expect(index.messageIDs('ses_a')).toEqual(['msg_ses_a_0', 'msg_ses_a_1'])
    const { ids, parents, archived, updated, messages, units } = index.directory()
    expect({ ids, parents: [...parents], archived: [...archived], updated: [...updated] }).toEqual({
      ids: ['ses_a', 'ses_b', 'ses_c'],
      parents: [-1, 0, -2],
      archived: [0, 0, 1],
      updated: [1, 1, 9],
    })
    expect([[...messages], [...units]]).toEqual([
      [2, 2, 0],
      [4, 1, 1],
    ])
    expect(index.parentOf('ses_c')).toBe('ses_gone')
    index.close()
  })

  test('knows to which message a unit belongs, and where it stands in it', () => {
    const index = filled()
    const directory = index.directory()
    expect([0, 1, 2, 3, 4].map((unit) => firstOfMessage(directory, unit))).toEqual([0, 1, 1, 3, 4])
    const attributes = new UnitAttributes(index)
    expect(attributes.placeOf(0, 0)).toBeNull()
    expect(attributes.placeOf(0, 2)).toMatchObject({ messageID: 'msg_ses_a_0', unit: 1, turn: ['msg_ses_a_0', 'msg_ses_a_1'] })
    // A message without text has no unit of its own, and still counts.
    expect(attributes.placeOf(1, 0)).toMatchObject({ messageID: 'msg_ses_b_1', unit: 0, turn: ['msg_ses_b_0', 'msg_ses_b_1'] })
    expect(attributes.passes(0, 1, parseQuery('tool:bash').units)).toBe(true)
    expect(attributes.passes(0, 0, parseQuery('role:assistant').units)).toBe(false)
    index.close()
  })

  test('forgets a session, and adds one that changed at the end', () => {
    const index = filled()
    index.db.exec('BEGIN')
    index.remove('ses_a')
    write(index, header('ses_a'), 'alpha', ['delta'])
    index.writeDirectory()
    index.db.exec('COMMIT')
    expect(index.directory().ids).toEqual(['ses_b', 'ses_c', 'ses_a'])
    expect(found(index, 'beta')).toEqual(['ses_b:0', 'ses_c:0'])
    expect(found(index, 'delta')).toEqual(['ses_a:1'])
    // Its children are its children still.
    expect([...index.directory().parents]).toEqual([2, -2, -1])
    expect(index.wordsWith('elt', 10)).toEqual(['delta'])
    index.close()
  })

  test('gives the words that hold some letters, unless they are too many', () => {
    const index = filled()
    expect(index.wordsWith('a', 10)).toEqual(['alpha', 'beta', 'gamma'])
    expect(index.wordsWith('a', 2)).toBeNull()
    expect(index.wordsLike('g', 5, 5, 0)).toEqual(['gamma'])
    index.close()
  })

  test('says that it is damaged, whatever SQLite says', () => {
    const index = filled()
    index.db.exec('DROP TABLE text; DROP TABLE session')
    for (const read of [() => index.rows('"x"', 0, 9), () => index.count('"x"', null, 1), () => index.attributes('ses_a')])
      expect(read).toThrow(DamagedIndex)
    index.close()
  })

  test('is opened for its own store only, and where it is one', () => {
    const { path } = filled()
    expect(IndexFile.open(path, { ...store, path: '/elsewhere' } as Store)).toBeNull()
    expect(IndexFile.open(`${path}.none`, store)).toBeNull()
    writeFileSync(`${path}.text`, 'text '.repeat(1000))
    expect(IndexFile.open(`${path}.text`, store)).toBeNull()
    removeDatabase(path)
    expect(IndexFile.open(path, store)).toBeNull()
  })
})

test('a selection tells which sessions are asked, which are near, and which are left out', () => {
  const index = filled()
  const options = { scope: ({ time }: { time: { archived: number | null } }) => time.archived === null, everything: false }
  const here = ({ directory }: { directory: string | null }) => directory === '/x'
  expect(selectionIn(index.directory(), { ...options, without: new Set(['ses_a']), here })).toEqual({
    selected: new Uint8Array([0, 1, 0]),
    near: new Uint8Array([0, 1, 0]),
    leftOut: [0, 2],
  })
  expect(selectionIn(index.directory(), { ...options, everything: true, without: new Set(), here: null }).leftOut).toEqual([])
  index.close()
})

test('attributes come back as they were packed', () => {
  const name = fc.constantFrom('', 'user', 'assistant', 'build', '"quoted"', 'é')
  const attributes: fc.Arbitrary<Attributes> = fc.record({
    messages: fc.array(fc.tuple(name, name, name, name)),
    units: fc.array(fc.tuple(fc.integer({ min: -1, max: 99 }), name, fc.nat(7), fc.nat(99))),
  })
  fc.assert(fc.property(attributes, (some) => void expect(unpackAttributes(packAttributes(some))).toEqual(some)))
})
