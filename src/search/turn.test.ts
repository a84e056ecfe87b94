import { expect, test } from 'vitest'
import { turnAround } from './turn.ts'

const roles = ['system', 'user', 'assistant', 'assistant', 'assistant', 'user', 'user', 'assistant']

test.each([
  [0, [0, 0]],
  [1, [1, 4]],
  [3, [1, 4]],
  [5, [5, 5]],
  [7, [6, 7]],
])('message %i belongs to the turn %j', (at, turn) => expect(turnAround(roles, at)).toEqual(turn))
