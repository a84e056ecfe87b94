import { numberOf, objectOf } from '../base/json.ts'
import { tokensOf } from './session-info.ts'
import type { StoredMessage, Tokens } from './store.ts'

/** What was used: US dollars as OpenCode reckoned them, and tokens. */
export interface Usage {
  readonly cost: number
  readonly tokens: Tokens
}

/** A message cannot have used more: what stands there then is no count of tokens and no price. */
export const mostTokens = 1e12
export const mostDollars = 1e9

/** Costs are added up as integers of this many to the dollar: the least that a provider bills for a token is 10 of them. */
export const unitsPerDollar = 1e9

const within = (value: number, most: number) => (value >= 0 && value <= most ? value : 0)

/** Adds up usage, in integers, so that the sum is the same in whichever order. Numbers that cannot be true count as none. */
export class UsageSum {
  #units = 0
  readonly #tokens = { input: 0, output: 0, reasoning: 0, read: 0, write: 0 }

  add(cost: number | null, tokens: Tokens | null): void {
    this.#units += Math.round(within(cost ?? 0, mostDollars) * unitsPerDollar)
    if (!tokens) return
    const sum = this.#tokens
    sum.input += within(tokens.input, mostTokens)
    sum.output += within(tokens.output, mostTokens)
    sum.reasoning += within(tokens.reasoning, mostTokens)
    sum.read += within(tokens.cache.read, mostTokens)
    sum.write += within(tokens.cache.write, mostTokens)
  }

  get usage(): Usage {
    const { input, output, reasoning, read, write } = this.#tokens
    return { cost: this.#units / unitsPerDollar, tokens: { input, output, reasoning, cache: { read, write } } }
  }
}

/** Whether a record says that anything was used. Releases before 1.15, previews and failed writes leave zeros or nothing. */
export function tellsUsage({ cost, tokens }: { readonly cost: number | null; readonly tokens: Tokens | null }): boolean {
  if ((cost ?? 0) > 0) return true
  return (
    tokens !== null && [tokens.input, tokens.output, tokens.reasoning, tokens.cache.read, tokens.cache.write].some((n) => n > 0)
  )
}

/** What stands where a message says what was used, whatever it is; undefined for one that no model wrote. */
export function usageAsStored(message: StoredMessage): { readonly cost: unknown; readonly tokens: unknown } | undefined {
  const { shape, info, type } = message
  if (shape === 'v2') return type === 'assistant' || type === 'compaction' ? { cost: info.cost, tokens: info.tokens } : undefined
  if (info.role !== 'assistant') return undefined
  const { cost, tokens } = shape === 'legacy' ? objectOf(objectOf(info.metadata).assistant) : info
  return { cost, tokens }
}

/** What a stored message itself says was used; undefined for one that no model wrote. Its parts are not looked at. */
export function usageIn(message: StoredMessage): { readonly cost: number | null; readonly tokens: Tokens | null } | undefined {
  const stored = usageAsStored(message)
  return stored && { cost: numberOf(stored.cost), tokens: tokensOf(stored.tokens) }
}

/** What a message used: as it says itself, else as the ends of its steps say (1.x). Undefined for one that no model wrote. */
export function usageOf(message: StoredMessage): Usage | undefined {
  const own = usageIn(message)
  if (!own) return undefined
  const sum = new UsageSum()
  if (tellsUsage(own)) sum.add(own.cost, own.tokens)
  else for (const { data } of message.parts) if (data.type === 'step-finish') sum.add(numberOf(data.cost), tokensOf(data.tokens))
  return sum.usage
}
