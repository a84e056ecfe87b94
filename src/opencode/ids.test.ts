import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPathSafe, makeID, timeOfID } from './ids.ts'

const wrap = Date.parse('2026-08-14T11:19:55.136Z')
const era = 2 ** 36
const day = 86_400_000

describe('the time in an id', () => {
  test('is told back for any time within an era before now, on both sides of the wrap', () => {
    const prefix = fc.constantFrom('ses' as const, 'msg' as const, 'prt' as const)
    const time = fc.oneof(
      fc.integer({ min: wrap - 2 * day, max: wrap + 2 * day }),
      fc.integer({ min: wrap - era + 1, max: wrap + era - 1 }),
    )
    fc.assert(
      fc.property(
        prefix,
        time,
        fc.integer({ min: 0, max: 4095 }),
        fc.integer({ min: 0, max: era - 2 * day }),
        (kind, ms, counter, age) => {
          expect(timeOfID(makeID(kind, ms, counter), ms + age)).toBe(ms)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('of a real session id is the time that OpenCode stored beside it', () => {
    expect(timeOfID('ses_e03bff497ffelaC7IrMf8izv1x', Date.parse('2026-11-21'))).toBe(1795233418088)
  })

  test('is unknown for ids that OpenCode did not make', () => {
    for (const id of [
      '',
      'ses_',
      'ses_latest',
      '../../etc/passwd',
      'ses_e03bff497ffelaC7IrMf8izv1',
      'SES_e03bff497ffelaC7IrMf8izv1x',
    ]) {
      expect(timeOfID(id)).toBeUndefined()
    }
  })

  test('puts sessions newest first and everything else oldest first, within an era', () => {
    expect(makeID('ses', wrap + 1000) < makeID('ses', wrap)).toBe(true)
    expect(makeID('msg', wrap + 1000) > makeID('msg', wrap)).toBe(true)
    expect(makeID('msg', wrap - 1) > makeID('msg', wrap)).toBe(true) // why nothing is ever ordered by id alone
  })
})

test('only ids that stay in their folder are safe in a path', () => {
  expect(isPathSafe('ses_e03bff497ffelaC7IrMf8izv1x')).toBe(true)
  for (const id of ['', '.', '..', '../x', 'a/b', 'a\\b', 'C:x', 'a\0b', 'a\nb', 'x'.repeat(300)])
    expect(isPathSafe(id)).toBe(false)
})
