import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainSession } from '../testing/sessions.ts'
import { savedName } from './saved-name.ts'

const time = Date.UTC(2026, 7, 14, 11, 19)
const free = () => false
const named = (title: string) => savedName(plainSession('a', 1, { title }), time, free)

test('the time of the first save in UTC, and the title in its own script', () => {
  expect(named('Fix the parser: edge cases!')).toBe('2026-08-14-11-19-Fix-the-parser-edge-cases')
  expect(named('Größe prüfen – 设计评审')).toBe('2026-08-14-11-19-Größe-prüfen-设计评审')
  expect(named('../../etc/passwd')).toBe('2026-08-14-11-19-etc-passwd')
  expect(named('x'.repeat(80))).toBe(`2026-08-14-11-19-${'x'.repeat(50)}`)
  expect(named('💥')).toBe('2026-08-14-11-19-session')
})

test('without a title, the first prompt', () => {
  expect(named('')).toBe('2026-08-14-11-19-question-0-in-old-place')
  expect(named('New session - 2026-08-14T11:19:00.000Z')).toBe('2026-08-14-11-19-question-0-in-old-place')
})

test('names that some file systems take for one are not given twice', () => {
  const taken = new Set(['2026-08-14-11-19-grosse', '2026-08-14-11-19-grosse-2'])
  expect(savedName(plainSession('a', 1, { title: 'GROSSE' }), time, (name) => taken.has(name))).toBe('2026-08-14-11-19-GROSSE-3')
})

test('whatever the title is, every system takes the name', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 100 }), (letters) => {
      const title = String.fromCodePoint(...letters)
      const name = named(title)
      expect(name).toMatch(/^2026-08-14-11-19-[\p{L}\p{N}\p{M}-]+$/u)
      expect(Buffer.byteLength(`${name}.json`)).toBeLessThan(255)
    }),
  )
})
