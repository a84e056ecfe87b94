import { describe, expect, test } from 'vitest'
import { forestOf } from './forest.ts'
import type { Incoming } from './input/incoming.ts'

const incoming = (id: string, parentID: string | null = null, updated = 1): Incoming => ({
  id,
  parentID,
  updated,
  title: id,
  from: `${id}.json`,
  project: undefined,
  load: () => Promise.reject(new Error('a forest reads no transcript')),
})
const shape = (sessions: readonly Incoming[], there: readonly string[] = []) =>
  forestOf(sessions, (id) => there.includes(id)).map((tree) => tree.map(({ session }) => session.id))

describe('sessions are trees', () => {
  test('with parents before their children, in whatever order they come', () => {
    const sessions = [incoming('c', 'b'), incoming('b', 'a'), incoming('x'), incoming('a'), incoming('b2', 'a')]
    expect(shape(sessions)).toEqual([['x'], ['a', 'b', 'b2', 'c']])
  })

  const rootOf = (sessions: readonly Incoming[], there: readonly string[] = []) =>
    forestOf(sessions, (id) => there.includes(id))[0]![0]!

  test('of which a session that was found twice is the newer one', () => {
    expect(rootOf([incoming('a', null, 5), incoming('a', null, 9), incoming('a', null, 7)]).session.updated).toBe(9)
  })

  test('whose root may have its parent in the store', () => {
    expect(rootOf([incoming('b', 'a')], ['a'])).toMatchObject({ parentID: 'a', note: null })
  })

  test('and one whose parent is nowhere is a root, which is said', () => {
    const note = 'its parent a is nowhere, so that it becomes a session of its own'
    expect(rootOf([incoming('b', 'a')])).toMatchObject({ parentID: null, note })
  })
})

describe('parents that go round in a circle', () => {
  test.each([
    ['of one', [incoming('a', 'a')], [['a']]],
    ['of two', [incoming('a', 'b'), incoming('b', 'a')], [['a', 'b']]],
    [
      'of three with a branch',
      [incoming('a', 'c'), incoming('b', 'a'), incoming('c', 'b'), incoming('d', 'b')],
      [['a', 'b', 'c', 'd']],
    ],
  ])('%s are cut once', (_what, sessions, expected) => {
    expect(shape(sessions)).toEqual(expected)
    const notes = forestOf(sessions, () => false).flatMap((tree) => tree.flatMap(({ note }) => note ?? []))
    expect(notes).toEqual(['its parents go round in a circle, so that it becomes a session of its own'])
  })

  test('keep nobody out who hangs on them', () => {
    const tail = Array.from({ length: 50 }, (_item, index) => incoming(`t${index}`, index === 0 ? 'b' : `t${index - 1}`))
    expect(shape([...tail, incoming('a', 'b'), incoming('b', 'a')]).flat()).toHaveLength(52)
  })
})

test('a chain of a hundred thousand sessions is one tree', () => {
  const chain = Array.from({ length: 100_000 }, (_item, index) => incoming(`s${index}`, index === 0 ? null : `s${index - 1}`))
  const [tree, ...others] = shape(chain.reverse())
  expect(others).toEqual([])
  expect(tree).toHaveLength(100_000)
  expect(tree!.at(-1)).toBe('s99999')
})
