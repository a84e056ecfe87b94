import { describe, expect, test } from 'vitest'
import { type Comparison, fewOf, placeDifference, planKind } from './plan-kind.ts'
import { type PlanKind, type SessionPlan, verdictOf } from './writer.ts'

const none = { added: 0, changed: 0, missing: 0 }
const same: Comparison = { isThere: true, isForeign: false, messages: none, headDiffers: false, moves: false, newerByMs: 0 }

describe('what writing a session means', () => {
  const cases: readonly (readonly [string, Partial<Comparison>, PlanKind, boolean])[] = [
    ['it is not there', { isThere: false, messages: { ...none, added: 3 } }, 'new', true],
    ['it is the same', {}, 'identical', false],
    ['only its head differs', { headDiffers: true }, 'replaces', true],
    ['only its head differs, and that is older', { headDiffers: true, newerByMs: -1 }, 'behind', false],
    ['there are new messages', { messages: { ...none, added: 1 } }, 'adds', true],
    ['there are new messages of an older session', { messages: { ...none, added: 1 }, newerByMs: -1 }, 'adds', false],
    ['messages differ', { messages: { ...none, changed: 1 } }, 'replaces', true],
    ['messages differ, and are older', { messages: { ...none, changed: 1 }, newerByMs: -1 }, 'replaces', false],
    ['messages are only there', { messages: { ...none, missing: 1 } }, 'behind', false],
    ['both have messages of their own', { messages: { added: 1, changed: 0, missing: 1 } }, 'diverged', false],
    ['messages are only there, and others differ', { messages: { added: 0, changed: 1, missing: 1 } }, 'diverged', false],
    ['something belongs to another session', { isForeign: true, isThere: false }, 'diverged', false],
    ['it goes elsewhere', { moves: true }, 'replaces', false],
    ['it goes elsewhere, and has more there', { moves: true, messages: { ...none, missing: 1 } }, 'replaces', false],
    ['it goes elsewhere, with new messages', { moves: true, messages: { ...none, added: 1 } }, 'replaces', true],
    [
      'it goes elsewhere, and went another way',
      { moves: true, messages: { added: 1, changed: 0, missing: 1 } },
      'diverged',
      false,
    ],
  ]

  test.each(cases)('where %s', (_what, comparison, kind, head) => {
    expect(planKind({ ...same, ...comparison })).toEqual({ kind, head })
  })
})

describe('a tree', () => {
  const plans = (...kinds: PlanKind[]) => kinds.map((kind) => ({ kind }) as SessionPlan)

  test('is refused for one session that cannot be joined, or may not be replaced', () => {
    expect(verdictOf(plans('new', 'diverged'), true)).toBe('refuse')
    expect(verdictOf(plans('adds', 'replaces'), false)).toBe('refuse')
    expect(verdictOf(plans('adds', 'replaces'), true)).toBe('write')
  })

  test('is written for one session that changes, and left where none does', () => {
    expect(verdictOf(plans('identical', 'behind', 'adds'), false)).toBe('write')
    expect(verdictOf(plans('identical', 'behind'), true)).toBe('nothing')
  })
})

test('of many differences a few are named, and first that what is there is newer', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f']
  expect(fewOf(many, true)).toEqual(['what is here is newer', 'a', 'b', 'c', 'd', 'e', 'and more'])
  expect(fewOf(many.slice(1), false)).toEqual(['b', 'c', 'd', 'e', 'f'])
})

test('a place is told by its directory, and by its project where that is the same', () => {
  const there = { projectID: 'a', directory: '/x', path: '' }
  expect(placeDifference(there, { ...there, directory: '/y' })).toBe('its directory, here /x and there /y')
  expect(placeDifference(there, { ...there, projectID: 'b' })).toBe('its project, here a and there b')
})
