import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { removeDatabase } from '../../sqlite/database-files.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import { tempDir } from '../../testing/temp.ts'
import { times } from '../../testing/thorough.ts'
import { parseQuery } from '../query.ts'
import { fieldNumber } from '../text/searchable.ts'
import { indexedText } from '../text/tokens.ts'
import { noParent, parentElsewhere, states } from './directory.ts'
import { DamagedIndex, IndexFile } from './index-file.ts'
import { packOutline, placeIn, unpackOutline } from './outline.ts'
import { eachInSession, Postings } from './postings.ts'
import { selectionIn } from './selection.ts'
import { placeOf, UnitsPassing } from './unit-places.ts'

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

/** @param more so many further sessions @param isUneven with ids that are not equally long */
function filled(more = 0, isUneven = false): IndexFile {
  const path = join(tempDir(), 'index.sqlite')
  const index = IndexFile.create(path, store)
  write(index, header('ses_a'), 'alpha', ['beta one', 'beta two'], ['gamma'])
  write(index, header('ses_b', { parentID: 'ses_a', directory: '/x' }), '', [], ['beta'])
  write(index, header('ses_c', { parentID: 'ses_gone', time: { created: 1, updated: 9, archived: 9 } }), 'beta')
  for (let n = 0; n < more; n++) write(index, header(`ses_${isUneven ? n : n + 1000}`), 'more')
  index.finish()
  return IndexFile.open(path, store)!
}

/** The sessions of an index as its directory has them. */
function listed(index: IndexFile) {
  const directory = index.directory()
  const { parents, states, updated, messages, units } = directory
  return Array.from({ length: directory.count }, (_item, at) => at)
    .filter((at) => directory.isHere(at))
    .map((at) => ({
      id: directory.id(at),
      parent: parents[at],
      state: states[at],
      updated: updated[at],
      messages: messages[at],
      units: units[at],
    }))
}

/** The sessions, and their units, in which a word stands. */
function found(index: IndexFile, query: string): string[] {
  const directory = index.directory()
  const places: string[] = []
  const rows = new Postings(index, parseQuery(query).clauses.flat()).all(0)
  eachInSession(directory, rows, 0, (at, unit) => places.push(`${directory.id(at)}:${unit - directory.first[at]!}`))
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
    expect(listed(index)).toEqual([
      { id: 'ses_a', parent: noParent, state: states.open, updated: 1, messages: 2, units: 4 },
      { id: 'ses_b', parent: 0, state: states.open, updated: 1, messages: 2, units: 1 },
      { id: 'ses_c', parent: parentElsewhere, state: states.archived, updated: 9, messages: 0, units: 1 },
    ])
    expect(index.numbersOf(['ses_c', 'ses_none', 'ses_a'])).toEqual([0, 2])
    expect(index.parentOf('ses_c')).toBe('ses_gone')
    index.close()
  })

  test('knows to which message a unit belongs, and where it stands in it', () => {
    const index = filled()
    expect([0, 1, 2, 3, 4].map((unit) => index.units().firstOfMessage(unit))).toEqual([0, 1, 1, 3, 4])
    expect(placeOf(index, 'ses_a', 0)).toBeNull()
    expect(placeOf(index, 'ses_a', 2)).toMatchObject({ messageID: 'msg_ses_a_0', unit: 1, turn: ['msg_ses_a_0', 'msg_ses_a_1'] })
    // A message without text has no unit of its own, and still counts.
    expect(placeOf(index, 'ses_b', 0)).toMatchObject({ messageID: 'msg_ses_b_1', unit: 0, turn: ['msg_ses_b_0', 'msg_ses_b_1'] })
    const passing = (query: string) => {
      const units = new UnitsPassing(index, parseQuery(query).units)
      return [0, 1, 2, 3, 4, 5].filter((unit) => units.has(unit))
    }
    expect(passing('tool:bash')).toEqual([1, 2, 3, 4])
    // A title is in no message.
    expect(passing('role:assistant')).toEqual([1, 2, 3, 4])
    expect(passing('agent:plan')).toEqual([])
    index.close()
  })

  test('forgets a session, and adds one that changed at the end', () => {
    const index = filled()
    index.db.exec('BEGIN')
    index.remove('ses_a')
    write(index, header('ses_a'), 'alpha', ['delta'])
    index.writeColumns()
    index.db.exec('COMMIT')
    expect(listed(index).map(({ id }) => id)).toEqual(['ses_b', 'ses_c', 'ses_a'])
    expect(found(index, 'beta')).toEqual(['ses_b:0', 'ses_c:0'])
    expect(found(index, 'delta')).toEqual(['ses_a:1'])
    // Its children are its children still.
    expect(listed(index).map(({ parent }) => parent)).toEqual([3, parentElsewhere, noParent])
    expect(index.words.with('elt', 10)).toEqual(['delta'])
    index.close()
  })

  test('gives the words that hold some letters, unless they are too many', () => {
    const index = filled()
    expect(index.words.with('a', 10)).toEqual(['alpha', 'beta', 'gamma'])
    expect(index.words.with('a', 2)).toBeNull()
    expect(index.words.like('g', 5, 5, 0)).toEqual(['gamma'])
    index.close()
  })

  test('says that it is damaged, whatever SQLite says', () => {
    const index = filled()
    index.db.exec('DROP TABLE text; DROP TABLE session')
    for (const read of [() => index.rows('"x"', 0, 9), () => index.count('"x"', null, 1), () => index.outline('ses_a')])
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
    sessions: 1,
    messages: 2,
    selected: new Uint8Array([0, 1, 0]),
    near: new Uint8Array([0, 1, 0]),
    leftOut: [0, 2],
  })
  expect(selectionIn(index.directory(), { ...options, everything: true, without: new Set(), here: null }).leftOut).toEqual([])
  index.close()
})

test('what is known of units comes back as it was packed', () => {
  const message = fc.record({ role: fc.constantFrom('user', 'assistant', '"é"'), units: fc.nat(3) })
  fc.assert(
    fc.property(fc.boolean(), fc.array(message), (hasTitle, messages) => {
      const owned = [...(hasTitle ? [-1] : []), ...messages.flatMap(({ units }, number) => new Array<number>(units).fill(number))]
      const starts = owned.flatMap((owner, unit) => (owned[unit - 1] === owner ? [] : [unit]))
      const roles = messages.map(({ role }) => role)
      const outline = unpackOutline(packOutline({ starts, owners: starts.map((unit) => owned[unit]!), roles }))
      expect(outline.roles).toEqual(roles)
      for (const [unit, message] of owned.entries())
        expect(placeIn(outline, unit)).toEqual({ message, unit: unit - owned.indexOf(message) })
    }),
  )
})

test('a directory that is changed again and again is read as if it were written at once', () => {
  // Ids of several lengths, and so many that they stand in several rows.
  const step = fc.record({ act: fc.constantFrom('add', 'add', 'remove', 'change'), at: fc.nat(), child: fc.boolean() })
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (isUneven, steps) => {
      const index = filled(260, isUneven)
      const here = new Map(listed(index).map(({ id }) => [id, 1]))
      for (const [n, { act, at, child }] of steps.entries()) {
        const ids = [...here.keys()]
        const old = ids[at % ids.length]!
        index.db.exec('BEGIN')
        index.forget()
        const id = act === 'add' || here.size === 1 ? `ses_new${n}` : old
        if (id === old) index.remove(id)
        here.delete(id)
        if (act !== 'remove' || id !== old) {
          write(
            index,
            header(id, { parentID: child ? ids[0]! : null, time: { created: 1, updated: n, archived: null } }),
            'beta',
            ['x'],
          )
          here.set(id, n)
        }
        index.writeColumns()
        index.db.exec('COMMIT')
        const again = IndexFile.open(index.path, store)!
        expect(listed(again)).toEqual(listed(index))
        expect(new Set(listed(again).map((one) => one.id))).toEqual(new Set(here.keys()))
        expect(found(again, 'beta').length).toBeGreaterThan(0)
        const all = again.directory()
        for (let number = 1; number < all.count; number++)
          expect(all.first[number]!).toBeGreaterThanOrEqual(all.first[number - 1]!)
        for (let number = 0; number < all.count; number++)
          if (all.isHere(number) && all.parents[number]! >= 0) expect(all.isHere(all.parents[number]!)).toBe(true)
        again.close()
      }
      index.close()
    }),
    { numRuns: times(6, 100) },
  )
})

test('columns of units come back, however many combinations there are', () => {
  const rows = fc.array(
    fc.record({ unit: fc.nat(20_000), starts: fc.boolean(), combination: fc.nat(300_000), size: fc.nat(200) }),
  )
  fc.assert(
    fc.property(fc.array(rows), (writings) => {
      const index = filled()
      const columns = index.units()
      const known = new Map<number, { starts: boolean; combination: number; size: number }>()
      for (const some of writings) {
        for (const { unit, starts, combination, size } of some) {
          columns.set(unit, starts, combination, size)
          known.set(unit, { starts, combination, size })
        }
        columns.save()
      }
      const again = IndexFile.open(index.path, store)!
      for (const [unit, { starts, combination, size }] of known) {
        expect([again.units().combination(unit), again.units().size(unit)]).toEqual([combination, size])
        if (starts) expect(again.units().firstOfMessage(unit)).toBe(unit)
        else expect(again.units().firstOfMessage(unit)).toBeLessThanOrEqual(unit)
      }
      for (const each of [again, index]) each.close()
    }),
    { numRuns: times(10, 100) },
  )
})
