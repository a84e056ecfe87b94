import { expect, test } from 'vitest'
import { bounded } from './bounded.ts'

const text = 'a'.repeat(1000)
/** Would take longer than the universe has been there. */
const forever = () => String(/^(a+)+$/.test(`${text}b`))

test('ends an expression that would run for ever, and sooner the more of them there are', () => {
  const started = performance.now()
  for (let at = 0; at < 20; at++) expect(bounded(text, 320, forever)).toBeUndefined()
  // 320 + 160 + 80 + 40 + 20 + 15 × 10 ms, on a machine that has other things to do.
  expect(performance.now() - started).toBeLessThan(4000)
})

test('gives what was made in time, and errors as they are', () => {
  expect(bounded(text, 1000, () => 'done')).toBe('done')
  expect(bounded('short', 1000, () => 'done')).toBe('done')
  expect(() =>
    bounded(text, 1000, () => {
      throw new RangeError('too deep')
    }),
  ).toThrow(RangeError)
})
