import { unitsPerDollar } from '../stores/usage.ts'
import type { Group } from './groups.ts'
import type { Key } from './key-names.ts'
import { inTime, isTime } from './keys.ts'

/** What is counted of some sessions or messages. Times are ms, money is US dollars; medians are null where nothing tells. */
export interface StatsFigures {
  /** Sessions with something that counts here, those of subagents among them. */
  readonly sessions: number
  readonly subagents: number
  readonly messages: number
  readonly prompts: number
  /** What models wrote, and how much of it failed, or was stopped. */
  readonly answers: number
  readonly failed: number
  readonly interrupted: number
  /** Messages that are rolled back, and counted all the same. */
  readonly reverted: number
  /** Of tools, and how many of them failed. */
  readonly calls: number
  readonly failures: number
  /** Of what tools gave back. */
  readonly bytes: number
  readonly tokens: {
    readonly input: number
    readonly output: number
    readonly reasoning: number
    readonly cacheRead: number
    readonly cacheWrite: number
  }
  readonly cost: {
    /** As OpenCode noted it. */
    readonly stored: number
    /** What answers would have cost for which OpenCode noted nothing: never a part of `stored`. */
    readonly estimated: number
  }
  /** Models whose tokens stand in neither. */
  readonly unpriced: readonly string[]
  readonly time: {
    /** Without gaps of more than five minutes. */
    readonly active: number
    readonly wall: number
    /** In which answers were made, the calls of their tools among it. */
    readonly answers: number
    readonly tools: number
    /** Until an answer began. */
    readonly firstToken: { readonly median: number | null }
    readonly call: { readonly median: number | null; readonly p95: number | null }
  }
}

/** A row: for one key its value, for two keys both. */
export interface StatsRow extends StatsFigures {
  readonly key: string | null | readonly (string | null)[]
  /** How a person knows the value: the directory of a project, the title of a session. */
  readonly label: string | null | readonly (string | null)[]
}

/** The values below which shares of all lie (nearest rank). */
function quantiles(values: readonly number[], ...shares: readonly number[]): (number | null)[] {
  const sorted = Float64Array.from(values).sort()
  return shares.map((share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null)
}

export const dollars = (units: number): number => units / unitsPerDollar

export function figuresOf(group: Group): StatsFigures {
  const { sums, sessions, subagents, estimated, unpriced, toolTimes, firstTokens } = group
  const { messages, prompts, answers, failed, interrupted, reverted, calls, failures, bytes } = sums
  const { input, output, reasoning, cacheRead, cacheWrite } = sums
  const [firstToken = null] = quantiles(firstTokens, 0.5)
  const [median = null, p95 = null] = quantiles(toolTimes, 0.5, 0.95)
  return {
    sessions,
    subagents,
    messages,
    prompts,
    answers,
    failed,
    interrupted,
    reverted,
    calls,
    failures,
    bytes,
    tokens: { input, output, reasoning, cacheRead, cacheWrite },
    cost: { stored: dollars(sums.stored), estimated: dollars(estimated) },
    unpriced: [...(unpriced ?? [])].sort(),
    time: {
      active: sums.active,
      wall: sums.wall,
      answers: sums.answering,
      tools: sums.toolTime,
      firstToken: { median: firstToken },
      call: { median, p95 },
    },
  }
}

const tokensOf = ({ sums }: Group) => sums.input + sums.output + sums.reasoning + sums.cacheRead + sums.cacheWrite

/** By time, where a key is one; else what cost most first, what was used most, what was done most. */
export function inOrder(groups: readonly Group[], keys: readonly Key[]): Group[] {
  const byValue = (a: Group, b: Group) => {
    const [left, right] = [JSON.stringify(a.values), JSON.stringify(b.values)]
    return left < right ? -1 : left > right ? 1 : 0
  }
  return [...groups].sort((a, b) => {
    for (const [at, key] of keys.entries()) {
      const order = isTime(key) ? inTime(key, a.values[at]!, b.values[at]!) : 0
      if (order !== 0) return order
    }
    return (
      b.sums.stored - a.sums.stored ||
      b.estimated - a.estimated ||
      tokensOf(b) - tokensOf(a) ||
      b.sums.calls - a.sums.calls ||
      b.sums.messages - a.sums.messages ||
      byValue(a, b)
    )
  })
}

/** The most used first. */
export const byCalls = (a: StatsRow, b: StatsRow): number => b.calls - a.calls || (String(a.key) < String(b.key) ? -1 : 1)
