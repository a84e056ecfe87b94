import type { Clock } from './clock.ts'
import type { Estimates } from './estimates.ts'
import { addSums, type Cell, noSums, type Sums } from './figures.ts'
import type { Key } from './key-names.ts'
import { type Counted, keyValue } from './keys.ts'

/** What one row adds up. */
export interface Group {
  /** One value for each key. */
  readonly values: readonly (string | null)[]
  sessions: number
  subagents: number
  readonly sums: Sums
  /** Money, in {@link unitsPerDollar}. */
  estimated: number
  readonly unpriced: Set<string>
  /** How long calls of tools took, and answers took to begin, in ms. */
  readonly toolTimes: number[]
  readonly firstTokens: number[]
}

export const emptyGroup = (values: Group['values']): Group => ({
  values,
  sessions: 0,
  subagents: 0,
  sums: noSums(),
  estimated: 0,
  unpriced: new Set(),
  toolTimes: [],
  firstTokens: [],
})

/** Adds up cells by keys. What is added up in whichever order gives the same rows. */
export class Groups {
  readonly #keys: readonly Key[]
  readonly #clock: Clock
  readonly #estimates: Estimates
  readonly #groups = new Map<string, Group>()
  /** Whether single times are kept, for medians. */
  readonly #withTimes: boolean

  constructor(keys: readonly Key[], clock: Clock, estimates: Estimates, withTimes: boolean) {
    this.#keys = keys
    this.#clock = clock
    this.#estimates = estimates
    this.#withTimes = withTimes
  }

  /** Adds a session: once, with all its cells. */
  add(session: Counted, cells: readonly Cell[]): void {
    const touched = new Set<Group>()
    for (const cell of cells) {
      if (!this.#keys.includes('tool')) {
        touched.add(this.#addWhole(session, cell))
        continue
      }
      touched.add(this.#addRest(session, cell))
      for (const tool of cell.tools.keys()) touched.add(this.#addTool(session, cell, tool))
    }
    for (const group of touched) {
      group.sessions++
      if (session.isSubagent) group.subagents++
    }
  }

  #group(session: Counted, cell: Cell, tool: string | null): Group {
    const values = this.#keys.map((key) => keyValue(key, session, cell, tool, this.#clock))
    const name = JSON.stringify(values)
    const known = this.#groups.get(name)
    if (known) return known
    const group = emptyGroup(values)
    this.#groups.set(name, group)
    return group
  }

  #addWhole(session: Counted, cell: Cell): Group {
    const group = this.#group(session, cell, null)
    addSums(group.sums, cell.sums)
    this.#addMoney(group, cell)
    if (this.#withTimes) for (const { times } of cell.tools.values()) for (const time of times) group.toolTimes.push(time)
    return group
  }

  /** Everything but the calls of tools: what an answer cost belongs to no tool. */
  #addRest(session: Counted, cell: Cell): Group {
    const group = this.#group(session, cell, null)
    addSums(group.sums, { ...cell.sums, calls: 0, failures: 0, toolTime: 0, bytes: 0 })
    this.#addMoney(group, cell)
    return group
  }

  #addTool(session: Counted, cell: Cell, name: string): Group {
    const group = this.#group(session, cell, name)
    const tool = cell.tools.get(name)!
    group.sums.calls += tool.calls
    group.sums.failures += tool.failures
    group.sums.bytes += tool.bytes
    for (const time of tool.times) {
      group.sums.toolTime += time
      if (this.#withTimes) group.toolTimes.push(time)
    }
    return group
  }

  #addMoney(group: Group, cell: Cell): void {
    if (this.#withTimes) for (const time of cell.firstTokens) group.firstTokens.push(time)
    if (cell.model === null || cell.uncosted.size === 0) return
    const estimated = this.#estimates.of(cell.model, cell.uncosted.values())
    if (estimated === undefined) group.unpriced.add(cell.model)
    else group.estimated += estimated
  }

  all(): Group[] {
    return [...this.#groups.values()]
  }
}
