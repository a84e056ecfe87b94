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
