import { expect, test } from 'vitest'
import { Estimates } from './estimates.ts'
import { contextClass, contextEdges } from './figures.ts'
import shipped from './prices.json' with { type: 'json' }
import { priceList, shippedPrices } from './prices.ts'

const tokens = (input: number, more: object = {}) => [
  { context: contextClass(input), input, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0, ...more },
]
const models = {
  p: {
    models: {
      plain: { cost: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 } },
      tiers: { cost: { input: 1, output: 2, tiers: [{ input: 10, output: 20, tier: { type: 'context', size: 256_000 } }] } },
      old: { cost: { input: 1, output: 2, context_over_200k: { input: 5, output: 6 } } },
      free: { cost: { input: 0, output: 0 } },
      none: {},
      odd: { cost: { input: 'much', output: null } },
    },
  },
}
const estimates = new Estimates([priceList(models, '2026-11-01')])
const dollars = (model: string, some: ReturnType<typeof tokens>) => {
  const units = estimates.of(model, some)
  return units === undefined ? undefined : units / 1e9
}

test('answers are priced as OpenCode does: reasoning as output, what was cached at its own rate', () => {
  expect(dollars('p/plain', tokens(1e6, { output: 1e6, reasoning: 1e6, cacheRead: 1e6, cacheWrite: 1e6 }))).toBe(
    3 + 30 + 0.3 + 3.75,
  )
  expect(dollars('p/free', tokens(1e6))).toBe(0)
})

test('a longer context has the price of its tier, for all tokens', () => {
  expect([dollars('p/tiers', tokens(256_000)), dollars('p/tiers', tokens(256_001))]).toEqual([0.256, 2.56001])
  expect([dollars('p/old', tokens(200_000)), dollars('p/old', tokens(200_001))]).toEqual([0.2, 1.000005])
})

test('a model without a price has no estimate', () => {
  for (const model of ['p/none', 'p/odd', 'p/other', 'q/plain', 'p/__proto__']) expect(dollars(model, tokens(1))).toBeUndefined()
})

test('the list that is shipped has prices, and every tier in it begins at an edge', () => {
  const list = shippedPrices(shipped)
  expect(list.price('anthropic', 'claude-sonnet-4-5')).toMatchObject({ input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 })
  const edges = new Set<number>(contextEdges)
  for (const [provider, all] of Object.entries(shipped.models)) {
    for (const model of Object.keys(all)) {
      for (const { above } of list.price(provider, model)!.tiers) expect([model, edges.has(above)]).toEqual([model, true])
    }
  }
})
