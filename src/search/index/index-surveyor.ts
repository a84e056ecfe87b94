import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { hasUnitFilter } from '../filters.ts'
import { fields, type Query } from '../query.ts'
import { type Mention, type Mentioned, type Passing, placesCounted, type Survey, type Surveyor } from '../related/survey.ts'
import type { Directory } from './directory.ts'
import { Entries } from './entries.ts'
import type { IndexFile } from './index-file.ts'
import type { LookupOptions } from './lookup.ts'
import { placeIn } from './outline.ts'
import { eachInSession, Postings } from './postings.ts'
import { rowsPerUnit } from './schema.ts'
import type { Selection } from './selection.ts'
import { UnitsPassing } from './unit-places.ts'

/** Tells from the index of a store how its sessions use words. Sessions go by their number in its directory. */
export class IndexSurveyor implements Surveyor {
  readonly #query: Query
  readonly #directory: Directory
  readonly #selection: Selection
  readonly #postings: Postings
  readonly #index: IndexFile
  readonly #entries: Entries
  /** Null without a filter. */
  readonly #passing: UnitsPassing | null
  /** For each clause, the numbers of its terms. */
  readonly #terms: readonly (readonly number[])[]

  constructor(index: IndexFile, store: Store, query: Query, options: LookupOptions) {
    this.#query = query
    this.#index = index
    this.#directory = index.directory()
    this.#selection = options.selection()
    this.#postings = new Postings(index, query.clauses.flat())
    this.#entries = new Entries(index, store, this.#selection, options.links)
    this.#passing = hasUnitFilter(query) ? new UnitsPassing(index, query.units) : null
    let number = 0
    this.#terms = query.clauses.map((terms) => terms.map(() => number++))
  }

  async survey(): Promise<Survey> {
    const { selected, leftOut, sessions, messages } = this.#selection
    const holding: number[] = []
    const places: number[] = []
    for (const terms of this.#terms) {
      const held = new Uint8Array(selected.length)
      let count = 0
      let sessionsHolding = 0
      for (const term of terms) {
        const uncounted = !this.#passing && leftOut.length === 0 ? this.#postings.count(term, placesCounted) : 0
        if (uncounted >= placesCounted) count += uncounted
        else {
          this.#each(this.#postings.all(term), 0, (at) => {
            sessionsHolding += 1 - held[at]!
            held[at] = 1
            count++
          })
        }
        if (count >= placesCounted) break
      }
      holding.push(sessionsHolding)
      places.push(count)
    }
    return { sessions, messages, holding, places }
  }

  async mentions(clauses: ReadonlySet<number>): Promise<Mention[]> {
    const found = new Map<number, number[][]>()
    for (const term of [...clauses].flatMap((clause) => this.#terms[clause]!)) {
      this.#each(this.#postings.all(term), 0, (at, _unit, field) => {
        const counts = found.get(at) ?? this.#query.clauses.flat().map(() => new Array<number>(fields.length).fill(0))
        found.set(at, counts)
        counts[term]![field]!++
      })
    }
    const { messages, updated } = this.#directory
    return [...found].map(([at, counts]) => ({
      id: this.#directory.id(at),
      messages: messages[at]!,
      updated: updated[at]!,
      counts,
    }))
  }

  async read(wanted: ReadonlySet<SessionID>): Promise<Mentioned[]> {
    const { first } = this.#directory
    const columns = this.#index.units()
    const found: Mentioned[] = []
    for (const at of this.#index.numbersOf(wanted)) {
      if (this.#selection.selected[at] === 0) continue
      const hits: Passing[] = []
      const outline = this.#index.outline(this.#directory.id(at))
      for (const term of this.#terms.flat()) {
        this.#each(this.#postings.between(term, at, at + 1), at, (_at, unit, field) => {
          const inSession = unit - first[at]!
          const { message } = placeIn(outline, inSession)
          hits.push({ term, unit: inSession, field, message, size: columns.size(unit) })
        })
      }
      found.push({ ...this.#entries.at(at), hits })
    }
    return found
  }

  /** Tells of rows of a term those that are asked: the session, the unit, the field. */
  #each(rows: Float64Array, from: number, tell: (session: number, unit: number, field: number) => void): void {
    const { selected } = this.#selection
    eachInSession(this.#directory, rows, from, (at, unit, row) => {
      if (selected[at] === 0) return
      if (this.#passing && !this.#passing.has(unit)) return
      tell(at, unit, row % rowsPerUnit)
    })
  }
}
