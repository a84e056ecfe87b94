import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printedDocument } from './printed-json.ts'

const never = () => expect.unreachable()

describe('a printed document', () => {
  test('is what JSON.stringify prints with two spaces, and a line feed', () => {
    const value = fc.oneof(fc.jsonValue(), fc.object({ values: [fc.string(), fc.constant(undefined), fc.double()] }))
    fc.assert(
      fc.property(value, fc.array(value), (info, messages) => {
        const printed = [...printedDocument(info ?? null, messages, { onCut: never })].join('')
        expect(printed).toBe(`${JSON.stringify({ info: info ?? null, messages }, null, 2)}\n`)
      }),
    )
  })

  test('says where something is nested too deep to be printed', () => {
    let deep: unknown = 'bottom'
    for (let level = 0; level < 20_000; level++) deep = [deep]
    let cut = 0
    const count = () => {
      cut++
    }
    const printed = JSON.parse(
      [...printedDocument({ id: 'ses_1' }, [{ info: { id: 'msg_1' }, parts: [{ deep }] }], { onCut: count })].join(''),
    )
    expect(cut).toBe(1)
    expect(printed.messages[0].info).toEqual({ id: 'msg_1' })
    expect(JSON.stringify(printed)).toContain('more than 200 levels deep')
  })
})
