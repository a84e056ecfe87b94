import { expect, test } from 'vitest'
import type { Outline } from '../conversation/outline.ts'
import { outlineJSON } from './outline-json.ts'

const item = (place: number): Outline['items'][number] => ({
  id: `msg_${place}`,
  role: 'assistant',
  kind: 'answer',
  reverted: false,
  created: place,
  opening: null,
  cost: 1,
  tokens: { input: place === 4321 ? 1_000_000 : place + 1, output: 1, reasoning: 0, cache: { read: 0, write: 0 } },
})

test('the growth of a long conversation is told in few points, and its largest context is among them', () => {
  const { growth, messages, cost } = outlineJSON({
    sessionID: 'ses_long',
    items: Array.from({ length: 9000 }, (_item, at) => item(at)),
  })
  expect({ messages, cost }).toEqual({ messages: 9000, cost: 9000 })
  expect(growth.length).toBe(400)
  expect(growth[0]).toEqual({ place: 0, context: 1, cost: 1 })
  expect(growth.at(-1)).toEqual({ place: 8999, context: 9000, cost: 9000 })
  expect(growth).toContainEqual({ place: 4321, context: 1_000_000, cost: 4322 })
  expect(growth.map(({ place }) => place)).toEqual(growth.map(({ place }) => place).toSorted((a, b) => a - b))
  expect(outlineJSON({ sessionID: 'ses_short', items: [item(0), item(1)] }).growth.length).toBe(2)
})
