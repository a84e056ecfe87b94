import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import type { MessageV1 } from '../convert/exported.ts'
import { kept } from './kept-messages.ts'
import { StreamedMessages } from './messages.ts'

const message = (index: number, text: string): MessageV1 => ({ info: { id: `msg_${index}` }, parts: [{ id: 'p', text }] })
const temporary = () => readdirSync(tmpdir()).filter((name) => /^ocvault-[0-9a-f]{24}\.tmp$/.test(name))

test.each([
  ['none', 0, ''],
  ['a few', 3, 'é'],
  ['many', 40, '🔑'.repeat(2 ** 17)],
])('%s are there when what they were read from is gone', (label, count, text) => {
  const before = temporary()
  let isOpen = true
  const messages = new StreamedMessages(function* () {
    if (!isOpen) throw new Error('the store is closed')
    for (let index = 0; index < count; index++) yield message(index, text)
  })
  const after = kept(messages)
  isOpen = false
  for (const _ of [1, 2]) expect([...after]).toEqual(Array.from({ length: count }, (_item, index) => message(index, text)))
  expect(after).toHaveLength(count)
  expect(temporary().length - before.length).toBe(label === 'many' ? 1 : 0)
})
