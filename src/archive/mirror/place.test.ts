import { expect, test } from 'vitest'
import type { SessionDocument } from '../format/document.ts'
import type { Claim } from './claim.ts'
import { type Known, type Placing, placeOf } from './place.ts'

/** A document that holds some messages. */
const document = (...messages: string[]): SessionDocument => ({
  info: {},
  messages: messages.map((id) => ({ info: { id }, parts: [] })),
  id: 'ses_a',
  kind: 'export-file',
  shape: 'v1',
  records: [],
  project: [],
  files: [],
  blobs: [],
  objects: () => () => undefined,
})

const entry = 'sessions/ses_a.json'

const claim = (sha256: string, more: Partial<Claim> = {}): Claim => ({
  id: 'ses_a',
  title: null,
  parentID: null,
  projectID: null,
  directory: null,
  updated: 1,
  source: 0,
  entry,
  bytes: 1,
  sha256,
  counts: { messages: 1, parts: 1 },
  blobs: [],
  mark: '',
  deleted: null,
  copies: [],
  ...more,
})

/** What becomes of a version, by the messages of both. */
function placed(next: string[], there: string[] | null, known: Partial<Known>, bytes = 1, isRemains = false): Placing {
  const version = (name: string, messages: string[] | null) => ({
    sha256: name,
    bytes,
    document: () => (messages ? document(...messages) : undefined),
  })
  return placeOf(
    { ...version('next', next), updated: 2, isRemains },
    { ...version('there', there), entry, updated: () => 1 },
    { own: undefined, others: [], rewritten: new Set([0]), isAbandoned: false, ...known },
  )
}

const ahead = [['a', 'b'], ['a']] as const
const behind = [['a'], ['a', 'b']] as const
const parted = [
  ['a', 'b'],
  ['a', 'c'],
] as const

const of = ([next, there]: readonly [readonly string[], readonly string[]], known: Partial<Known> = {}) =>
  placed([...next], [...there], known)

test('where nothing stands, or the same, there is nothing to lose', () => {
  const next = { sha256: 'same', bytes: 1, updated: 1, isRemains: false, document: () => undefined }
  const known: Known = { own: undefined, others: [], rewritten: new Set(), isAbandoned: false }
  expect(placeOf(next, undefined, known)).toBe('replace')
  expect(placeOf(next, { ...next, entry, updated: () => 1 }, known)).toBe('replace')
})

test('a version that holds all of the other one replaces it, and is covered where it is the other way round', () => {
  for (const others of [[], [claim('there')]]) {
    expect(of(ahead, { others })).toBe('replace')
    expect(of(behind, { others })).toBe('covered')
  }
})

test('of two that say the same the newer one stays', () => {
  expect(placed(['a'], ['a'], {})).toBe('replace')
  const newer = { sha256: 'there', bytes: 1, entry, document: () => document('a'), updated: () => 3 }
  const next = { sha256: 'next', bytes: 1, updated: 2, isRemains: false, document: () => document('a') }
  expect(placeOf(next, newer, { own: undefined, others: [], rewritten: new Set(), isAbandoned: false })).toBe('covered')
})

test('what is left of a session whose record is gone takes no place of what the record said', () => {
  const left = (next: string[], there: string[]) => placed(next, there, { rewritten: new Set() }, 1, true)
  expect(left(['a'], ['a'])).toBe('covered')
  expect(left([...behind[0]], [...behind[1]])).toBe('covered')
  expect(left([...ahead[0]], [...ahead[1]])).toBe('aside')
})

test('what a store said before it may replace, if nobody else relies on it', () => {
  const own = claim('there')
  expect(of(parted, { own })).toBe('replace')
  expect(of(behind, { own })).toBe('replace')
  expect(of(parted, { own, others: [claim('there')] })).toBe('copy')
  // Of another store, or of one that could not be read whole.
  expect(of(parted, { own, rewritten: new Set([1]) })).toBe('aside')
  expect(of(behind, { own, rewritten: new Set() })).toBe('covered')
})

test('what covers a store, or came from a merge, is not what the store said', () => {
  expect(of(parted, { own: claim('there', { covered: true }) })).toBe('aside')
  expect(of(parted, { own: claim('there', { guest: true }) })).toBe('aside')
  const copy = { ...claim('there'), taken: true as const }
  expect(of(parted, { own: claim('x', { entry: 'copies/ses_a.1.json', copies: [copy] }) })).toBe('aside')
})

test('who goes on keeps the place; who has deleted the session, or is not known, keeps the version', () => {
  expect(of(parted, { others: [claim('there')] })).toBe('copy')
  expect(of(parted, { others: [claim('there', { deleted: 1 })] })).toBe('aside')
  expect(of(parted, { others: [claim('another')] })).toBe('aside')
  expect(of(parted)).toBe('aside')
})

test('what is no session is replaced, unless somebody says that it is right, or it is too large to tell', () => {
  expect(placed(['a'], null, {})).toBe('replace')
  expect(placed(['a'], null, { others: [claim('there')] })).toBe('copy')
  expect(placed(['a'], null, {}, 2 ** 29)).toBe('aside')
})

test('what a killed prune has left is replaced', () => {
  expect(of(parted, { isAbandoned: true })).toBe('replace')
})
