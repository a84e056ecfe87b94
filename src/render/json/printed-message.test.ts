import { expect, test } from 'vitest'
import { readMessage } from '../../conversation/conversation.ts'
import { printedMessage } from './printed-message.ts'
import { messageJSON } from './session-json.ts'

test('the pieces of a message are what it is as a whole, and none is longer than a part of it', () => {
  for (const count of [0, 1, 3]) {
    const parts = Array.from({ length: count }, (_item, n) => ({
      id: `prt_${n}`,
      data: { type: 'text', text: 'x'.repeat(1000) },
    }))
    const stored = {
      shape: 'v1' as const,
      id: 'msg_1',
      sessionID: 'ses_1',
      type: null,
      created: 1,
      info: { role: 'user' },
      parts,
    }
    const message = readMessage(stored)
    const pieces = [...printedMessage(message, JSON.stringify)]
    expect(pieces.join('')).toBe(JSON.stringify(messageJSON(message)))
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(1300)
    expect([...printedMessage(message, JSON.stringify, { type: 'message' })].join('')).toMatch(
      /^\{"type":"message","id":"msg_1",/,
    )
  }
})
