import { expect, test } from 'vitest'
import { bounded } from './bounded.ts'

const text = 'a'.repeat(1000)
/** Would take longer than the universe has been there. */
const forever = () => String(/^(a+)+$/.test(`${text}b`))

test('ends an expression that would run for ever, and sooner the more of them there are', () => {
  const before = process.threadCpuUsage()
  for (let at = 0; at < 20; at++) expect(bounded(text, 320, forever)).toBeUndefined()
  const { user, system } = process.threadCpuUsage(before)
  // 320 + 160 + 80 + 40 + 20 + 15 × 10 ms on the clock, of which it gets what the machine has for it; 20 × 320 if it were not
  // sooner.
  expect((user + system) / 1000).toBeLessThan(4000)
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
