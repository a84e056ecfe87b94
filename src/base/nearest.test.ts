import { expect, test } from 'vitest'
import { nearestName } from './nearest.ts'

test('the name that takes the fewest changes is the nearest, whatever its capitals', () => {
  expect(nearestName('archive', ['colour', 'archives', 'achive-of'])).toBe('archives')
  expect(nearestName('COLOR', ['archives', 'colour'])).toBe('colour')
  expect(nearestName('', ['abc', 'ab'])).toBe('ab')
})
