import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TermHit, termsOf, weigh, weights } from './evidence.ts'
import { type Field, fields, parseQuery } from './query.ts'

const number = (field: Field) => fields.indexOf(field)

/** A hit in a few letters; units of one message follow one another. */
const hit = (term: number, unit: number, field: Field, message = unit): TermHit => ({ term, unit, field: number(field), message })

describe('a session', () => {
  test('answers when each clause is met by one of its terms', () => {
    const query = parseQuery('a b OR c')
    expect(weigh(query, [hit(0, 0, 'prompt')])).toBeNull()
    expect(weigh(query, [hit(1, 0, 'prompt'), hit(2, 1, 'prompt')])).toBeNull()
    expect(weigh(query, [hit(0, 0, 'prompt'), hit(2, 1, 'answer')])).toMatchObject({ together: false, total: 2 })
    expect(weigh(query, [])).toBeNull()
  })

  test('does not answer when it holds what was left out', () => {
    const query = parseQuery('a -b')
    expect(weigh(query, [hit(0, 0, 'prompt')])).not.toBeNull()
    expect(weigh(query, [hit(0, 0, 'prompt'), hit(1, 7, 'aside')])).toBeNull()
  })

  test('has them together when they stand in one message, in whichever of its parts', () => {
    const query = parseQuery('a b')
    expect(weigh(query, [hit(0, 0, 'prompt', 0), hit(1, 1, 'output', 0)])!.together).toBe(true)
    expect(weigh(query, [hit(0, 0, 'prompt', 0), hit(1, 1, 'output', 1)])!.together).toBe(false)
  })

  test('is shown by its best units: more words, then the weightier field, then the earlier one', () => {
    const query = parseQuery('a b')
    const evidence = weigh(query, [
      hit(0, 0, 'output'),
      hit(0, 1, 'prompt'),
      hit(0, 2, 'output'),
      hit(1, 2, 'output'),
      hit(1, 3, 'prompt'),
      hit(0, 4, 'answer'),
    ])!
    expect(evidence.best).toEqual([
      { unit: 2, field: 'output' },
      { unit: 1, field: 'prompt' },
      { unit: 3, field: 'prompt' },
    ])
    expect(evidence.total).toBe(5)
  })

  test('is counted by units in each field', () => {
    const { counts, total } = weigh(parseQuery('a'), [hit(0, 0, 'input'), hit(0, 0, 'output'), hit(0, 3, 'output')])!
    expect(counts[0]![number('input')]).toBe(1)
    expect(counts[0]![number('output')]).toBe(2)
    expect(total).toBe(2)
  })
})

test('the order in which hits come does not matter', () => {
  const one = fc.record({ term: fc.nat(2), unit: fc.nat(9), field: fc.nat(fields.length - 1) })
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: (each) => JSON.stringify(each), maxLength: 20 }), fc.nat(), (some, seed) => {
      const query = parseQuery('a b OR c')
      const hits = some.map((each) => ({ ...each, message: Math.floor(each.unit / 3) }))
      const shuffled = hits.map((each, at) => ({ each, key: Math.imul(seed ^ at, 0x9e3779b1) })).sort((a, b) => a.key - b.key)
      const sorted = [...hits].sort((a, b) => a.unit - b.unit)
      expect(
        weigh(
          query,
          shuffled.map(({ each }) => each),
        ),
      ).toEqual(weigh(query, sorted))
    }),
  )
})

test('terms are numbered as they were typed, those left out at the end; every field has a weight', () => {
  expect(termsOf(parseQuery('-x a OR b c')).map(({ typed }) => typed)).toEqual(['a', 'b', 'c', 'x'])
  for (const field of fields) expect(weights[field]).toBeGreaterThan(0)
})
