import { isObject, type JsonObject, listOf, numberOf, objectOf } from '../base/json.ts'
import { unitsPerDollar } from '../stores/usage.ts'
import { contextEdges, type Uncosted } from './figures.ts'

/** US dollars for a million tokens. Reasoning costs what output does. */
interface Rates {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** What a model costs; for a context longer than `above` tokens another rate holds, for all tokens of the answer. */
export interface Price extends Rates {
  readonly tiers: readonly (Rates & { readonly above: number })[]
}

/** Prices by `provider/model`, and the day that they are of. */
export interface PriceList {
  readonly date: string
  price(provider: string, model: string): Price | undefined
}

function ratesOf(cost: JsonObject): Rates {
  const rate = (name: string) => numberOf(cost[name]) ?? 0
  return { input: rate('input'), output: rate('output'), cacheRead: rate('cache_read'), cacheWrite: rate('cache_write') }
}

/**
 * The price in a model's `cost`, as models.dev and OpenCode's copy of it have it. Tiers come before `context_over_200k`, which
 * says the same for releases that know no tiers (OpenCode 1.18.33 goes by them in this order).
 */
function priceOf(cost: unknown): Price | undefined {
  if (!isObject(cost) || numberOf(cost.input) === null || numberOf(cost.output) === null) return undefined
  const tiers = listOf(cost.tiers).flatMap((tier) => {
    const above = numberOf(objectOf(objectOf(tier).tier).size)
    return above === null ? [] : [{ ...ratesOf(objectOf(tier)), above }]
  })
  const over = cost.context_over_200k
  const all = tiers.length === 0 && isObject(over) ? [{ ...ratesOf(over), above: 200_000 }] : tiers
  return { ...ratesOf(cost), tiers: all.sort((a, b) => b.above - a.above) }
}

/** The prices in a `models.json`, parsed. */
export function priceList(models: unknown, date: string): PriceList {
  return {
    date,
    price: (provider, model) => {
      const { models: all } = objectOf(objectOf(models)[provider])
      return priceOf(objectOf(objectOf(all)[model]).cost)
    },
  }
}

/** The class of contexts that are longer than a tier says; between two edges it begins at the next one. */
const firstClassAbove = (above: number) => contextEdges.filter((edge) => edge < above).length + 1

/** What these tokens would have cost, in {@link unitsPerDollar}: as OpenCode 1.18.33 reckons. */
export function estimateOf(price: Price, tokens: Uncosted): number {
  const rates = price.tiers.find(({ above }) => tokens.context >= firstClassAbove(above)) ?? price
  const { input, output, reasoning, cacheRead, cacheWrite } = tokens
  const millionths =
    input * rates.input + (output + reasoning) * rates.output + cacheRead * rates.cacheRead + cacheWrite * rates.cacheWrite
  return Math.round(millionths * (unitsPerDollar / 1e6))
}

/** The prices in `prices.json`, which is shipped: of each model rates in order, then tiers, each behind its size. */
export function shippedPrices({ date, models }: { readonly date: string; readonly models: JsonObject }): PriceList {
  const ratesIn = (list: readonly unknown[]): Rates => {
    const [input = 0, output = 0, cacheRead = 0, cacheWrite = 0] = list.map((rate) => numberOf(rate) ?? 0)
    return { input, output, cacheRead, cacheWrite }
  }
  return {
    date,
    price: (provider, model) => {
      const all = objectOf(models[provider])
      if (!Object.hasOwn(all, model)) return undefined
      const [base, ...tiers] = listOf(all[model]).map(listOf)
      const over = tiers.map(([above, ...rates]) => ({ ...ratesIn(rates), above: numberOf(above) ?? 0 }))
      return { ...ratesIn(base ?? []), tiers: over.sort((a, b) => b.above - a.above) }
    },
  }
}
