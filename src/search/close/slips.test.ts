import fc from 'fast-check'
import { expect, test } from 'vitest'
import { slipsBetween } from '../../base/nearest.ts'
import { isSlip, slipsAllowed } from './slips.ts'

test.each([
  ['tokne', 'token'],
  ['postgers', 'postgres'],
  ['midleware', 'middleware'],
  ['otken', 'token'],
])('%s may have been meant to be %s', (typed, meant) => expect(isSlip(typed, meant)).toBe(true))

test.each([
  ['tok', 'toy'],
  ['token', 'taken2'],
  ['token', 'broke'],
  ['abcd', 'abc1'],
])('%s was not meant to be %s', (typed, meant) => expect(isSlip(typed, meant)).toBe(false))

test('slips are the same in both directions, none between equal words, and never fewer than letters in excess', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const slips = slipsBetween(a, b, 9)
      expect(slipsBetween(b, a, 9)).toBe(slips)
      expect(slips === 0).toBe(a === b)
      expect(slips).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      expect(Math.min(slipsBetween(a, b, 1), 2)).toBe(Math.min(slips, 2))
    }),
  )
  expect(slipsAllowed('abc')).toBe(0)
})
