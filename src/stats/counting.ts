import { indexFolder } from '../search/index/cache-dir.ts'
import type { Catalog, CatalogFilter } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { StatsAbout, StatsOddity } from './answers.ts'
import { cachedIn } from './cache/cached.ts'
import { Clock, ownZone } from './clock.ts'
import { type CountedCells, count } from './count.ts'
import { Estimates } from './estimates.ts'
import type { Oddity } from './figures.ts'
import { emptyGroup, Groups } from './groups.ts'
import type { Key } from './key-names.ts'
import { Labels } from './labels.ts'
import { priceLists } from './price-lists.ts'
import { figuresOf, inOrder, type StatsRow } from './rows.ts'
import type { CountedSession } from './sessions.ts'

/** What is told while figures are read, and how that is ended. */
export interface StatsWatch {
  readonly progress?: (at: { readonly done: number; readonly sessions: number }) => void
  readonly signal?: AbortSignal
}

/** Gives every chosen session to those who add up, and tells what goes with the figures. */
export class Counting {
  readonly labels: Labels
  readonly #catalog: Catalog
  readonly #clock: Clock
  readonly estimates: Estimates
  readonly #oddities: StatsOddity[] = []
  readonly #repeated: Groups

  private constructor(catalog: Catalog, clock: Clock, estimates: Estimates) {
    this.#catalog = catalog
    this.#clock = clock
    this.estimates = estimates
    this.labels = new Labels(catalog)
    this.#repeated = this.groups([], false)
  }

  /** @throws OcvaultError `usage` for a time zone that is none */
  static async of(catalog: Catalog, tz: string = ownZone()): Promise<Counting> {
    return new Counting(catalog, new Clock(tz), new Estimates(await priceLists(thisMachine())))
  }

  /** @param withTimes whether medians are wanted */
  groups(by: readonly Key[], withTimes: boolean): Groups {
    return new Groups(by, this.#clock, this.estimates, withTimes)
  }

  async run(filter: CatalogFilter, watch: StatsWatch, add: (counted: CountedCells) => void): Promise<void> {
    const source = cachedIn(indexFolder(thisMachine()))
    for await (const counted of count(this.#catalog, { filter, source, ...watch })) {
      this.note(counted.session, counted.oddities)
      this.#repeated.add(counted.session, counted.repeated)
      add(counted)
    }
  }

  /** Takes down what is to be told of a session besides its figures. */
  note(session: CountedSession, oddities: readonly Oddity[]): void {
    this.labels.note(session)
    for (const each of oddities) this.#oddities.push({ sessionID: session.id, ...each })
  }

  rows(groups: Groups, by: readonly Key[], limit = Number.POSITIVE_INFINITY): StatsRow[] {
    return inOrder(groups.all(), by)
      .slice(0, limit)
      .map((group) => this.labels.row(group, by))
  }

  about(): StatsAbout {
    const { messages, answers, tokens, cost } = totalOf(this.#repeated)
    return {
      tz: this.#clock.zone,
      prices: this.estimates.used.map(({ date }) => date),
      repeated: { messages, answers, tokens, cost },
      oddities: this.#oddities,
    }
  }
}

export const totalOf = (groups: Groups) => figuresOf(groups.all()[0] ?? emptyGroup([]))
