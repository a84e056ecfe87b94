import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FileNames } from './file-name.ts'

const id = 'ses_e0357cce2ffe66y22yqwafqA4x'
const created = Date.UTC(2026, 10, 21, 6)
const nameOf = (title: string | null, more: { id?: string; created?: number } = {}) =>
  new FileNames('json').nameFor({ id: more.id ?? id, title, time: { created: more.created ?? created } })

describe('the name of a session’s file', () => {
  test.each([
    ['Fix flaky parser test (fork #1)', '2026-11-21-Fix-flaky-parser-test-fork-1-qwafqA4x.json'],
    ['Größe & 日本語 ✓', '2026-11-21-Größe-日本語-qwafqA4x.json'],
    ['../../etc/passwd', '2026-11-21-etc-passwd-qwafqA4x.json'],
    ['CON', '2026-11-21-CON-qwafqA4x.json'],
    ['ends with dots...', '2026-11-21-ends-with-dots-qwafqA4x.json'],
    ['a\u0000b\u001b[31m\nc\u202e', '2026-11-21-a-b-31m-c-qwafqA4x.json'],
    ['e\u0301te\u0301', '2026-11-21-été-qwafqA4x.json'],
    ['✓ 🎉', '2026-11-21-qwafqA4x.json'],
    [null, '2026-11-21-qwafqA4x.json'],
  ])('of %j is %s', (title, name) => {
    expect(nameOf(title)).toBe(name)
  })

  test('has no day where the time is none', () => {
    expect(nameOf('a', { created: Number.NaN })).toBe('0000-00-00-a-qwafqA4x.json')
    expect(nameOf('a', { created: 9e15 })).toBe('0000-00-00-a-qwafqA4x.json')
    expect(nameOf('a', { created: -1e15 })).toBe('0000-00-00-a-qwafqA4x.json')
  })

  test('is another for a session that would get the same one', () => {
    const names = new FileNames('md')
    const time = { created }
    expect(names.nameFor({ id: 'ses_aaaaaaaa', title: 'One', time })).toBe('2026-11-21-One-aaaaaaaa.md')
    expect(names.nameFor({ id: 'ses_AAAAAAAA', title: 'one', time })).toBe('2026-11-21-one-AAAAAAAA-2.md')
    expect(names.nameFor({ id: 'ses_aaaaaaaa', title: 'ONE', time })).toBe('2026-11-21-ONE-aaaaaaaa-3.md')
  })

  test('is safe on every system, whatever the session is called', () => {
    const session = fc.record({
      id: fc.string({ unit: 'binary' }),
      title: fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'grapheme', maxLength: 200 })),
      time: fc.record({ created: fc.oneof(fc.integer(), fc.double()) }),
    })
    fc.assert(
      fc.property(fc.array(session, { maxLength: 8 }), (sessions) => {
        const names = new FileNames('json')
        const made = sessions.map((each) => names.nameFor(each))
        for (const name of made) {
          expect(name).toMatch(/^\d{4}-\d\d-\d\d(-[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?\.json$/u)
          expect(Buffer.byteLength(name)).toBeLessThan(255)
          expect(name).toBe(name.normalize('NFC'))
        }
        expect(new Set(made.map((name) => name.normalize('NFD').toLowerCase())).size).toBe(made.length)
      }),
      { numRuns: 500 },
    )
  })
})
