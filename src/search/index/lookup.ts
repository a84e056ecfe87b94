import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { type TermHit, termsOf, weigh } from '../evidence.ts'
import { hasUnitFilter } from '../filters.ts'
import type { Query, Term } from '../query.ts'
import type { Statistics } from '../rank.ts'
import type { Batch, Found, Source } from '../source.ts'
import type { Directory } from './directory.ts'
import { Entries } from './entries.ts'
import type { IndexFile } from './index-file.ts'
import { eachInSession, isPrefix, Postings } from './postings.ts'
import { rowsPerUnit } from './schema.ts'
import type { Selection } from './selection.ts'
import { UnitsPassing } from './unit-places.ts'

/**
 * How many units are looked at in one go: few at first, because the newest sessions often answer; after so many goes it doubles.
 */
const firstStretch = 12_000
const shortStretches = 10
/** So few sessions are asked about one by one instead of walking through all places of a common word. */
const fewSessions = 48
/** So few sessions out of scope are counted one by one for the statistics. */
const fewLeftOut = 200

export interface LookupOptions {
  /** Which sessions are asked. */
  readonly selection: () => Selection
  /** Parents of sessions whose record names none. */
  readonly links: ReadonlyMap<SessionID, SessionID>
}

/** Answers a query of words from the index of a store. Sessions go by their number in its directory. */
export class Lookup implements Source {
  readonly #query: Query
  readonly #terms: readonly Term[]
  /** The numbers of the terms of each clause, in the order in which they are looked for. */
  #clauses: readonly (readonly number[])[]
  /** Filled anew for each session. */
  readonly #hits: { -readonly [Key in keyof TermHit]: TermHit[Key] }[] = []
  readonly #directory: Directory
  readonly #selection: Selection
  readonly #entries: Entries
  readonly #postings: Postings
  readonly #index: IndexFile
  /** Null without a filter. */
  readonly #passing: UnitsPassing | null

  constructor(index: IndexFile, store: Store, query: Query, options: LookupOptions) {
    this.#query = query
    this.#index = index
    this.#terms = termsOf(query)
    let number = 0
    this.#clauses = query.clauses.map((terms) => terms.map(() => number++))
    this.#directory = index.directory()
    this.#selection = options.selection()
    this.#postings = new Postings(index, this.#terms)
    this.#passing = hasUnitFilter(query) ? new UnitsPassing(index, query.units) : null
    this.#entries = new Entries(index, store, this.#selection, options.links)
  }

  get sessionsAtMost(): number {
    return this.#directory.count
  }

  async statistics(countedAtMost: number): Promise<Statistics> {
    const { sessions, messages } = this.#selection
    const frequencies = this.#query.clauses.flat().map((term, number) => {
      if (term.kind === 'words') return this.#frequency(number, countedAtMost)
      return term.kind === 'any' ? sessions : 0
    })
    // The rarest first: it leaves the fewest sessions in which the others are looked for.
    const places = (terms: readonly number[]) => terms.reduce((sum, number) => sum + (frequencies[number] ?? 0), 0)
    this.#clauses = [...this.#clauses].sort((a, b) => places(a) - places(b))
    return { sessions, messages, frequencies }
  }

  #frequency(term: number, countedAtMost: number): number {
    const { leftOut, selected } = this.#selection
    if (leftOut.length <= fewLeftOut) {
      const others = leftOut.reduce((sum, at) => sum + this.#postings.between(term, at, at + 1).length, 0)
      return this.#postings.count(term, countedAtMost + others) - others
    }
    let count = 0
    eachInSession(this.#directory, this.#postings.all(term), 0, (at) => {
      count += selected[at]!
    })
    return count
  }

  async *batches(): AsyncIterable<Batch> {
    const { count, first, units, newestUpTo } = this.#directory
    // The places of a prefix are gathered from many words, anew for each stretch.
    for (const [number, term] of this.#terms.entries()) if (isPrefix(term)) this.#postings.all(number)
    let stretch = firstStretch
    for (let to = count, goes = 1; to > 0; goes++) {
      if (goes > shortStretches) stretch *= 2
      const end = first[to - 1]! + units[to - 1]!
      let from = to - 1
      while (from > 0 && end - first[from - 1]! <= stretch) from--
      yield { found: this.#find(from, to), before: newestUpTo[from]! }
      to = from
    }
  }

  async among(ids: ReadonlySet<SessionID>): Promise<Found[]> {
    const found: Found[] = []
    for (const at of this.#index.numbersOf(ids)) found.push(...this.#find(at, at + 1))
    return found
  }

  /** The sessions asked in which one of these rows is. */
  sessionsOf(rows: Float64Array): SessionID[] {
    const ids = new Set<SessionID>()
    eachInSession(this.#directory, rows, 0, (at) => {
      if (this.#selection.selected[at] === 1) ids.add(this.#directory.id(at))
    })
    return [...ids]
  }

  /**
   * Sessions that answer a query of one term: its places are in the order of sessions, so that nothing is gathered, and one list
   * serves all sessions.
   */
  #findOne(from: number, to: number): Found[] {
    const { selected } = this.#selection
    const columns = this.#index.units()
    const passing = this.#passing
    const hits = this.#hits
    const found: Found[] = []
    let session = -1
    let length = 0
    const end = () => {
      const evidence = length > 0 ? weigh(this.#query, hits, length) : null
      if (evidence) found.push({ ...this.#entries.at(session), evidence })
      length = 0
    }
    const add = (at: number, unit: number, field: number) => {
      if (selected[at] === 0 || (passing && !passing.has(unit))) return
      if (at !== session) end()
      session = at
      if (length === hits.length) hits.push({ term: 0, unit: 0, field: 0, message: 0 })
      const hit = hits[length++]!
      hit.unit = unit - this.#directory.first[at]!
      hit.field = field
      hit.message = columns.firstOfMessage(unit)
    }
    if (this.#terms[0]!.kind === 'any') this.#eachUnit(from, to, add)
    else {
      const rows = this.#postings.between(0, from, to)
      eachInSession(this.#directory, rows, from, (at, unit, row) => add(at, unit, row % rowsPerUnit))
    }
    end()
    return found.reverse()
  }

  /** Sessions that answer, from one up to but without another. */
  #find(from: number, to: number): Found[] {
    if (this.#terms.length === 1) return this.#findOne(from, to)
    const hits = new Map<number, TermHit[]>()
    const { clauses } = this.#query
    let candidates: ReadonlySet<number> | undefined
    for (const terms of this.#clauses) {
      const met = new Set<number>()
      for (const number of terms) for (const at of this.#collect(number, from, to, candidates, hits)) met.add(at)
      if (met.size === 0) return []
      candidates = met
    }
    for (let number = clauses.flat().length; number < this.#terms.length; number++)
      this.#collect(number, from, to, candidates, hits)
    const found: Found[] = []
    for (const at of [...(candidates ?? [])].sort((a, b) => b - a)) {
      const evidence = weigh(this.#query, hits.get(at) ?? [])
      if (evidence) found.push({ ...this.#entries.at(at), evidence })
    }
    return found
  }

  /** Adds the hits of a term to those of the sessions that are still candidates, and gives the sessions that it met. */
  #collect(
    term: number,
    from: number,
    to: number,
    candidates: ReadonlySet<number> | undefined,
    hits: Map<number, TermHit[]>,
  ): ReadonlySet<number> {
    const { selected } = this.#selection
    const columns = this.#index.units()
    const passing = this.#passing
    const met = new Set<number>()
    const add = (at: number, unit: number, field: number) => {
      if (selected[at] === 0 || (candidates && !candidates.has(at))) return
      if (passing && !passing.has(unit)) return
      met.add(at)
      const hit = { term, unit: unit - this.#directory.first[at]!, field, message: columns.firstOfMessage(unit) }
      const known = hits.get(at)
      if (known) known.push(hit)
      else hits.set(at, [hit])
    }
    const few = candidates && candidates.size <= fewSessions ? [...candidates].sort((a, b) => a - b) : null
    for (const [start, end] of few ? few.map((at) => [at, at + 1] as const) : [[from, to] as const]) {
      if (this.#terms[term]!.kind === 'any') this.#eachUnit(start, end, add)
      else {
        const rows = this.#postings.between(term, start, end)
        eachInSession(this.#directory, rows, start, (at, unit, row) => add(at, unit, row % rowsPerUnit))
      }
    }
    return met
  }

  /** Tells of every unit of the sessions that are asked, with the weightiest of its fields. */
  #eachUnit(from: number, to: number, tell: (session: number, unit: number, field: number) => void): void {
    const columns = this.#index.units()
    const combinations = this.#index.combinations()
    for (let at = from; at < to; at++) {
      if (this.#selection.selected[at] === 0) continue
      const first = this.#directory.first[at]!
      const end = first + this.#directory.units[at]!
      for (let unit = first; unit < end; unit++) tell(at, unit, combinations.fieldOf(columns.combination(unit)))
    }
  }
}
