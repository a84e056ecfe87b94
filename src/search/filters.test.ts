import { expect, test } from 'vitest'
import { hasUnitFilter, passes, type UnitAttributes } from './filters.ts'
import { parseQuery } from './query.ts'

const unit: UnitAttributes = {
  role: 'assistant',
  kind: 'answer',
  agent: 'Plan',
  model: 'anthropic/claude-Sonnet-4',
  tool: 'bash',
}
const filterOf = (query: string) => parseQuery(query).units

test.each<[string, boolean]>([
  ['x', true],
  ['role:assistant', true],
  ['role:user', false],
  ['role:user role:ASSISTANT', true],
  ['kind:answer tool:bash', true],
  ['kind:answer tool:edit', false],
  ['agent:plan', true],
  ['agent:pla', false],
  ['tool:bas', false],
  ['model:sonnet', true],
  ['model:anthropic/', true],
  ['model:opus model:sonnet', true],
  ['model:opus', false],
])('%s lets an answer of plan pass: %j', (query, passed) => {
  expect(passes(unit, filterOf(query))).toBe(passed)
  expect(hasUnitFilter(parseQuery(query))).toBe(query !== 'x')
})

test('a title is in no message, and passes no filter', () => expect(passes(null, filterOf('role:user'))).toBe(false))
