import type { Kind } from '../conversation/message.ts'
import type { TouchedFile } from './files.ts'
import type { Key } from './key-names.ts'
import type { StatsFigures, StatsRow } from './rows.ts'

/** A number that can be no count and no price, and was left out. */
export interface StatsOddity {
  readonly sessionID: string
  readonly messageID: string
  readonly field: string
  /** What stands there, as JSON. */
  readonly value: string
}

/** What goes with figures. */
export interface StatsAbout {
  /** The time zone that days are of. */
  readonly tz: string
  /** The days that estimates are of, where there are any. */
  readonly prices: readonly string[]
  /** What forks have in common with the sessions that they were made of: it counts there, and not again. */
  readonly repeated: Pick<StatsFigures, 'messages' | 'answers' | 'tokens' | 'cost'>
  readonly oddities: readonly StatsOddity[]
}

export interface Stats extends StatsAbout {
  readonly by: readonly Key[]
  readonly total: StatsFigures
  /** By time, where that is a key; else the dearest first. */
  readonly rows: readonly StatsRow[]
}

/** What one wants to see of everything at once. Rows are the dearest first, and not all. */
export interface StatsOverview extends StatsAbout {
  readonly total: StatsFigures
  /** Every day on which something was written, in order. */
  readonly days: readonly StatsRow[]
  readonly hours: readonly StatsRow[]
  readonly models: readonly StatsRow[]
  readonly projects: readonly StatsRow[]
  readonly agents: readonly StatsRow[]
  /** The most used first. */
  readonly tools: readonly StatsRow[]
  /** Trees of sessions, with what their subagents used. */
  readonly dearest: readonly StatsRow[]
  /** By active time. */
  readonly longest: readonly StatsRow[]
  readonly files: readonly TouchedFile[]
}

/** What one answer used. Times are ms since the epoch, money is US dollars. */
export interface AnswerFigures {
  readonly id: string
  readonly sessionID: string
  readonly kind: Kind
  readonly agent: string | null
  /** `provider/model`. */
  readonly model: string | null
  readonly time: { readonly created: number | null; readonly firstToken: number | null; readonly completed: number | null }
  readonly tokens: StatsFigures['tokens']
  /** Tokens that the model read for it, from the cache or not. */
  readonly context: number
  /** Null where no list has a price. */
  readonly cost: { readonly stored: number; readonly estimated: number | null }
  /** The tools that it called, in order, and how many of the calls failed. */
  readonly tools: readonly string[]
  readonly failures: number
  readonly error: string | null
  readonly interrupted: boolean
}

/** One session with all below it. Everything that it holds is counted, also what a fork has from another. */
export interface SessionStats extends StatsAbout {
  readonly session: { readonly id: string; readonly title: string | null; readonly directory: string | null }
  /** Of the whole tree. */
  readonly total: StatsFigures
  /** The session, then those below it, each with its own figures. */
  readonly tree: readonly (StatsFigures & {
    readonly id: string
    readonly title: string | null
    readonly depth: number
  })[]
  readonly tools: readonly StatsRow[]
  readonly files: readonly TouchedFile[]
  /** Of the session alone. */
  readonly answers: readonly AnswerFigures[]
}
