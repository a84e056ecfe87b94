import { indexFolder } from '../search/index/cache-dir.ts'
import type { Stats, StatsAbout, StatsOddity, StatsOverview } from '../stats/answers.ts'
import { cachedIn } from '../stats/cache/cached.ts'
import { Clock, ownZone } from '../stats/clock.ts'
import { type CountedCells, count } from '../stats/count.ts'
import { Estimates } from '../stats/estimates.ts'
import { TouchedFiles } from '../stats/files.ts'
import { emptyGroup, Groups } from '../stats/groups.ts'
import type { Key } from '../stats/key-names.ts'
import { Labels } from '../stats/labels.ts'
import { priceLists } from '../stats/price-lists.ts'
import { figuresOf, inOrder, type StatsRow } from '../stats/rows.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { Request } from './requests.ts'
import { filterOf } from './sessions.ts'

/** What is told while figures are read, and how that is ended. */
export interface StatsWatch {
  readonly progress?: (at: { readonly done: number; readonly sessions: number }) => void
  readonly signal?: AbortSignal
}

/** Gives every chosen session to those who add up, and tells what goes with the figures. */
class Counting {
  readonly labels: Labels
  readonly #catalog: Catalog
  readonly #clock: Clock
  readonly #estimates: Estimates
  readonly #oddities: StatsOddity[] = []

  private constructor(catalog: Catalog, clock: Clock, estimates: Estimates) {
    this.#catalog = catalog
    this.#clock = clock
    this.#estimates = estimates
    this.labels = new Labels(catalog)
  }

  /** @throws OcvaultError `usage` for a time zone that is none */
  static async of(catalog: Catalog, tz: string = ownZone()): Promise<Counting> {
    return new Counting(catalog, new Clock(tz), new Estimates(await priceLists(thisMachine())))
  }

  /** @param withTimes whether medians are wanted */
  groups(by: readonly Key[], withTimes: boolean): Groups {
    return new Groups(by, this.#clock, this.#estimates, withTimes)
  }

  async run(request: Request<'stats'>, watch: StatsWatch, add: (counted: CountedCells) => void): Promise<void> {
    const filter = await filterOf(this.#catalog, request)
    for await (const counted of count(this.#catalog, { filter, source: cachedIn(indexFolder(thisMachine())), ...watch })) {
      this.labels.note(counted.session)
      for (const each of counted.oddities) this.#oddities.push({ sessionID: counted.session.id, ...each })
      add(counted)
    }
  }

  rows(groups: Groups, by: readonly Key[], limit = Number.POSITIVE_INFINITY): StatsRow[] {
    return inOrder(groups.all(), by)
      .slice(0, limit)
      .map((group) => this.labels.row(group, by))
  }

  about(): StatsAbout {
    return { tz: this.#clock.zone, prices: this.#estimates.used.map(({ date }) => date), oddities: this.#oddities }
  }
}

const totalOf = (groups: Groups) => figuresOf(groups.all()[0] ?? emptyGroup([]))

/** What was used: each message once, whatever copies and forks there are of it. docs/stats.md has the rules. */
export async function stats(catalog: Catalog, request: Request<'stats'>, watch: StatsWatch = {}): Promise<Stats> {
  const { by = [], limit = 0 } = request
  const counting = await Counting.of(catalog, request.tz)
  const [total, rows] = [counting.groups([], true), counting.groups(by, true)]
  await counting.run(request, watch, ({ session, cells }) => {
    total.add(session, cells)
    if (by.length > 0) rows.add(session, cells)
  })
  return { by, total: totalOf(total), rows: counting.rows(rows, by, limit || undefined), ...counting.about() }
}

/** How many rows of each kind an overview has. */
const shown = 8

/** The same at a glance: totals, days, and the first of everything. `by` is not looked at. */
export async function statsOverview(catalog: Catalog, request: Request<'stats'>, watch: StatsWatch = {}): Promise<StatsOverview> {
  const { limit = shown } = request
  const counting = await Counting.of(catalog, request.tz)
  const of = (key: Key, withTimes = false) => counting.groups([key], withTimes)
  const total = counting.groups([], true)
  const [days, hours, models, projects] = [of('day'), of('hour'), of('model', true), of('project')]
  const [agents, tools, sessions, files] = [of('agent'), of('tool', true), of('session'), new TouchedFiles()]
  await counting.run(request, watch, ({ session, cells }) => {
    for (const groups of [total, days, hours, models, projects, agents, tools, sessions]) groups.add(session, cells)
    files.add(cells)
  })
  const named = (rows: StatsRow[]) => rows.filter(({ key }) => key !== null).slice(0, limit)
  const byCalls = (a: StatsRow, b: StatsRow) => b.calls - a.calls || (String(a.key) < String(b.key) ? -1 : 1)
  const longest = sessions
    .all()
    .sort((a, b) => b.sums.active - a.sums.active || ((a.values[0] ?? '') < (b.values[0] ?? '') ? -1 : 1))
  return {
    total: totalOf(total),
    days: counting.rows(days, ['day']),
    hours: counting.rows(hours, ['hour']),
    models: named(counting.rows(models, ['model'])),
    projects: counting.rows(projects, ['project'], limit),
    agents: named(counting.rows(agents, ['agent'])),
    tools: named(counting.rows(tools, ['tool']).sort(byCalls)),
    dearest: counting.rows(sessions, ['session'], limit),
    longest: longest.slice(0, limit).map((group) => counting.labels.row(group, ['session'])),
    files: files.most(limit),
    ...counting.about(),
  }
}
