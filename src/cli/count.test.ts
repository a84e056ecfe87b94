import { expect, test } from 'vitest'
import { parseCount } from './count.ts'

test('a count is a whole number', () => {
  expect(parseCount('--limit', '12')).toBe(12)
  for (const text of ['', '-1', '1.5', '1e3', 'x'])
    expect(() => parseCount('--limit', text)).toThrow('--limit takes a whole number')
})
