import { Clock, ownZone } from '../stats/clock.ts'
import { count } from '../stats/count.ts'
import { Estimates } from '../stats/estimates.ts'
import { emptyGroup, type Group, Groups } from '../stats/groups.ts'
import type { Key } from '../stats/key-names.ts'
import { priceLists } from '../stats/price-lists.ts'
import { figuresOf, inOrder, type StatsFigures, type StatsRow } from '../stats/rows.ts'
import { fromStores } from '../stats/source.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { Request } from './requests.ts'
import { filterOf } from './sessions.ts'

/** A number that can be no count and no price, and was left out. */
export interface StatsOddity {
  readonly sessionID: string
  readonly messageID: string
  readonly field: string
  /** What stands there, as JSON. */
  readonly value: string
}

export interface Stats {
  readonly by: readonly Key[]
  /** The time zone that days are of. */
  readonly tz: string
  readonly total: StatsFigures
  /** By time, where that is a key; else the dearest first. */
  readonly rows: readonly StatsRow[]
  /** The days that estimates are of, where there are any. */
  readonly prices: readonly string[]
  readonly oddities: readonly StatsOddity[]
}

/** What is told while figures are read, and how that is ended. */
export interface StatsWatch {
  readonly progress?: (at: { readonly done: number; readonly sessions: number }) => void
  readonly signal?: AbortSignal
}

/** What was used: each message once, whatever copies and forks there are of it. docs/stats.md has the rules. */
export async function stats(catalog: Catalog, request: Request<'stats'>, watch: StatsWatch = {}): Promise<Stats> {
  const { by = [], tz = ownZone(), limit = 0 } = request
  const clock = new Clock(tz)
  const estimates = new Estimates(await priceLists(thisMachine()))
  const total = new Groups([], clock, estimates, true)
  const rows = new Groups(by, clock, estimates, true)
  const oddities: StatsOddity[] = []
  const labels = new Labels(catalog)
  const filter = await filterOf(catalog, request)
  for await (const { session, cells, oddities: odd } of count(catalog, { filter, source: fromStores, ...watch })) {
    total.add(session, cells)
    if (by.length > 0) rows.add(session, cells)
    if (by.includes('project')) labels.note(session.projectID ?? session.directory, session.directory)
    for (const each of odd) oddities.push({ sessionID: session.id, ...each })
  }
  const ordered = inOrder(rows.all(), by)
  return {
    by,
    tz,
    total: figuresOf(total.all()[0] ?? emptyGroup([])),
    rows: (limit > 0 ? ordered.slice(0, limit) : ordered).map((group) => labels.row(group, by)),
    prices: estimates.used.map(({ date }) => date),
    oddities,
  }
}

/** How a person knows what stands in a key. */
class Labels {
  readonly #catalog: Catalog
  readonly #directories = new Map<string, string>()
  #worktrees: ReadonlyMap<string, string> | undefined

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /** A directory of a project, for want of a better name. */
  note(project: string | null, directory: string | null): void {
    if (project !== null && directory !== null && !this.#directories.has(project)) this.#directories.set(project, directory)
  }

  row(group: Group, by: readonly Key[]): StatsRow {
    const labels = group.values.map((value, at) => this.#label(by[at]!, value))
    const one = by.length === 1
    return { key: one ? group.values[0]! : group.values, label: one ? labels[0]! : labels, ...figuresOf(group) }
  }

  #label(key: Key, value: string | null): string | null {
    if (value === null) return null
    if (key === 'session') return this.#catalog.session(value)?.title ?? null
    if (key !== 'project') return value
    this.#worktrees ??= new Map(
      this.#catalog.stores.flatMap(({ store }) =>
        [...store.projects()].flatMap(({ id, worktree }) =>
          worktree === null || worktree === '/' ? [] : [[id, worktree] as const],
        ),
      ),
    )
    if (value === 'global') return value
    return this.#worktrees.get(value) ?? this.#directories.get(value) ?? value
  }
}
