import type { Clock } from './clock.ts'
import type { Estimates } from './estimates.ts'
import type { Cell, ToolSums } from './figures.ts'
import type { Key } from './key-names.ts'
import { type Counted, keyValue } from './keys.ts'
import { Sums } from './sums.ts'

/** What one row adds up. */
export interface Group {
  /** One value for each key. */
  readonly values: readonly (string | null)[]
  sessions: number
  subagents: number
  /** The session that was added last. */
  last: Counted | null
  readonly sums: Sums
  /** Money, in {@link unitsPerDollar}. */
  estimated: number
  /** Models without a price; null where every one has one. */
  unpriced: Set<string> | null
  /** How long calls of tools took, and answers took to begin, in ms. */
  readonly toolTimes: number[]
  readonly firstTokens: number[]
}

export const emptyGroup = (values: Group['values']): Group => ({
  values,
  sessions: 0,
  subagents: 0,
  last: null,
  sums: new Sums(),
  estimated: 0,
  unpriced: null,
  toolTimes: [],
  firstTokens: [],
})

/** Adds up cells by keys. What is added up in whichever order gives the same rows. */
export class Groups {
  readonly #keys: readonly Key[]
  readonly #clock: Clock
  readonly #estimates: Estimates
  readonly #groups = new Map<string | null, Group>()
  readonly #byTool: boolean
  /** Whether single times are kept, for medians. */
  readonly #withTimes: boolean

  constructor(keys: readonly Key[], clock: Clock, estimates: Estimates, withTimes: boolean) {
    this.#keys = keys
    this.#byTool = keys.includes('tool')
    this.#clock = clock
    this.#estimates = estimates
    this.#withTimes = withTimes
  }

  /** Adds a session: once, with all its cells. */
  add(session: Counted, cells: readonly Cell[]): void {
    for (const cell of cells) {
      if (this.#byTool) {
        this.#addRest(session, cell)
        for (const [name, tool] of cell.tools) this.#addTool(session, cell, name, tool)
      } else this.#addWhole(session, cell)
    }
  }

  #group(session: Counted, cell: Cell, tool: string | null): Group {
    const values = this.#keys.map((key) => keyValue(key, session, cell, tool, this.#clock))
    const name = values.length === 1 ? values[0]! : JSON.stringify(values)
    const group = this.#groups.get(name) ?? emptyGroup(values)
    if (group.sessions === 0) this.#groups.set(name, group)
    // A session is added with all its cells, so the last one tells whether it was counted here.
    if (group.last !== session) {
      group.last = session
      group.sessions++
      if (session.isSubagent) group.subagents++
    }
    return group
  }

  #addWhole(session: Counted, cell: Cell): void {
    const group = this.#group(session, cell, null)
    group.sums.add(cell.sums)
    this.#addMoney(group, cell)
    if (this.#withTimes) for (const { times } of cell.tools.values()) for (const time of times) group.toolTimes.push(time)
  }

  /** Everything but the calls of tools: what an answer cost belongs to no tool. */
  #addRest(session: Counted, cell: Cell): void {
    const group = this.#group(session, cell, null)
    group.sums.add(Object.assign(new Sums(), cell.sums, { calls: 0, failures: 0, toolTime: 0, bytes: 0 }))
    this.#addMoney(group, cell)
  }

  #addTool(session: Counted, cell: Cell, name: string, tool: ToolSums): void {
    const group = this.#group(session, cell, name)
    group.sums.calls += tool.calls
    group.sums.failures += tool.failures
    group.sums.bytes += tool.bytes
    for (const time of tool.times) {
      group.sums.toolTime += time
      if (this.#withTimes) group.toolTimes.push(time)
    }
  }

  #addMoney(group: Group, cell: Cell): void {
    if (this.#withTimes) for (const time of cell.firstTokens) group.firstTokens.push(time)
    if (cell.model === null || cell.uncosted.size === 0) return
    const estimated = this.#estimates.of(cell.model, cell.uncosted.values())
    if (estimated === undefined) {
      group.unpriced ??= new Set()
      group.unpriced.add(cell.model)
    } else group.estimated += estimated
  }

  all(): Group[] {
    return [...this.#groups.values()]
  }
}
