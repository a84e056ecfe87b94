import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matches, sessionOrder, subagentTitle } from './filter.ts'

const session = fc.record({
  id: fc.constantFrom('ses_a', 'ses_b', 'ses_c', 'ses_d'),
  title: fc.option(fc.constantFrom('', 'a', 'A', 'b', 'ä', '日本'), { nil: null }),
  cost: fc.option(fc.constantFrom(0, 0.5, 2), { nil: null }),
  time: fc.record({ created: fc.nat(3), updated: fc.nat(3), archived: fc.constant(null) }),
})
const sorts = ['updated', 'created', 'title', 'cost'] as const

describe.each(sorts)('the order by %s', (sort) => {
  const order = sessionOrder(sort)

  test('is total: ids decide what the key leaves open', () => {
    fc.assert(
      fc.property(session, session, (a, b) => {
        expect(Math.sign(order(a, b)) + Math.sign(order(b, a))).toBe(0)
        if (a.id !== b.id) expect(order(a, b)).not.toBe(0)
      }),
    )
  })

  test('is transitive', () => {
    fc.assert(
      fc.property(session, session, session, (a, b, c) => {
        if (order(a, b) < 0 && order(b, c) < 0) expect(order(a, c)).toBeLessThan(0)
      }),
    )
  })

  test('is the same however the sessions stood before', () => {
    const distinct = fc.uniqueArray(session, { selector: ({ id }) => id })
    fc.assert(
      fc.property(distinct, (list) => {
        expect([...list].sort(order)).toEqual([...list].reverse().sort(order))
      }),
    )
  })
})

test('what has no value for the key comes last', () => {
  const time = { created: 0, updated: 0, archived: null }
  const none = { id: 'ses_a', title: null, cost: null, time }
  const some = { id: 'ses_b', title: 'z', cost: 0, time }
  for (const sort of ['title', 'cost'] as const) expect([none, some].sort(sessionOrder(sort))).toEqual([some, none])
})

describe('a filter', () => {
  const plain = {
    id: 'ses_1',
    title: 'Fix the PARSER',
    slug: 'calm-heron',
    parentID: null,
    projectID: 'p',
    directory: '/work/app/src',
    time: { created: 10, updated: 20, archived: null },
  }
  const scope = (ids: string[], directories: string[], except: string[] = []) => ({
    ids: new Set(ids),
    directories,
    except: new Set(except),
  })

  test('asks every condition', () => {
    expect(matches(plain, {})).toBe(true)
    expect(
      matches(plain, {
        roots: true,
        since: 20,
        until: 21,
        archived: 'no',
        title: 'parser',
        text: ['fix', 'heron', 'SES_1', '/app'],
      }),
    ).toBe(true)
    expect(matches({ ...plain, parentID: 'ses_0' }, { roots: true })).toBe(false)
    expect(matches(plain, { since: 21 })).toBe(false)
    expect(matches(plain, { until: 20 })).toBe(false)
    expect(matches(plain, { archived: 'only' })).toBe(false)
    expect(matches({ ...plain, time: { ...plain.time, archived: 5 } }, { archived: 'no' })).toBe(false)
    expect(matches(plain, { title: 'lexer' })).toBe(false)
    expect(matches(plain, { text: ['parser', 'lexer'] })).toBe(false)
    expect(matches(plain, { parentIDs: ['ses_0'] })).toBe(false)
    expect(matches({ ...plain, parentID: 'ses_0' }, { parentIDs: ['ses_0'] })).toBe(true)
  })

  test('takes a project by id, and by directory where the id is another', () => {
    expect(matches(plain, { project: scope(['p'], []) })).toBe(true)
    expect(matches(plain, { project: scope(['q'], ['/work/app']) })).toBe(true)
    expect(matches(plain, { project: scope(['q'], ['/work/ap']) })).toBe(false)
    expect(matches(plain, { project: scope(['q'], ['/work/app'], ['p']) })).toBe(false)
  })

  test('knows a subagent by its title', () => {
    expect(subagentTitle('look (around) (@explore subagent)')).toEqual({ description: 'look (around)', agent: 'explore' })
    for (const title of [null, '', 'look around', '(@explore subagent)', 'x (@ subagent)'])
      expect(subagentTitle(title)).toBeUndefined()
    expect(matches({ ...plain, title: 'x (@general subagent)' }, { unlinked: true })).toBe(true)
    expect(matches(plain, { unlinked: true })).toBe(false)
  })
})
