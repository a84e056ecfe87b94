import { numberOf, objectOf } from '../base/json.ts'
import type { Message } from '../conversation/message.ts'
import type { StoredMessage } from '../stores/store.ts'
import { mostDollars, mostTokens, unitsPerDollar, usageAsStored } from '../stores/usage.ts'
import type { Oddity } from './figures.ts'

/** What one answer used. */
export interface Spent {
  input: number
  output: number
  reasoning: number
  cacheRead: number
  cacheWrite: number
  /** Money, in {@link unitsPerDollar}. */
  stored: number
}

type Note = (field: string, value: unknown) => void

const nothing = (): Spent => ({ input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0, stored: 0 })

const isAny = (spent: Spent) => Object.values(spent).some((value) => value > 0)

/**
 * What an answer says that it used, else what the ends of its steps say. What can be no count and no price counts as none, and is
 * noted; what is not there is none, too.
 * @returns undefined for a message that no model wrote
 */
export function spentOn(message: Message, stored: StoredMessage, oddities: Oddity[]): Spent | undefined {
  const usage = usageAsStored(stored)
  if (!usage) return undefined
  const note: Note = (field, value) => {
    const shown = (JSON.stringify(value) ?? String(value)).slice(0, 40)
    oddities.push({ messageID: message.id, field, value: shown })
  }
  const spent = nothing()
  add(spent, usage.cost, usage.tokens, note)
  if (isAny(spent)) return spent
  for (const part of message.parts)
    if (part.type === 'step' && part.phase === 'finish') add(spent, part.raw.cost, part.raw.tokens, note)
  return spent
}

function add(to: Spent, cost: unknown, tokens: unknown, note: Note): void {
  const amount = (value: unknown, most: number, field: string) => {
    if (value === undefined) return 0
    const number = numberOf(value)
    if (number !== null && number >= 0 && number <= most) return number
    note(field, value)
    return 0
  }
  const counts = objectOf(tokens)
  const cache = objectOf(counts.cache)
  const count = (value: unknown, field: string) => Math.round(amount(value, mostTokens, `tokens.${field}`))
  to.stored += Math.round(amount(cost, mostDollars, 'cost') * unitsPerDollar)
  to.input += count(counts.input, 'input')
  to.output += count(counts.output, 'output')
  to.reasoning += count(counts.reasoning, 'reasoning')
  to.cacheRead += count(cache.read, 'cache.read')
  to.cacheWrite += count(cache.write, 'cache.write')
}
