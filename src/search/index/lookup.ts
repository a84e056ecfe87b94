import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { type TermHit, termsOf, weigh } from '../evidence.ts'
import { hasUnitFilter, passes } from '../filters.ts'
import { fields, type Query, type Term } from '../query.ts'
import type { Statistics } from '../rank.ts'
import { type Batch, deepest, type Found, type Scope, type Source } from '../source.ts'
import { pieceMark } from '../text/tokens.ts'
import { type Attributes, type Directory, type IndexFile, rowsPerUnit } from './index-file.ts'

/** How many units are looked at in one go: few at first, because the newest sessions often answer; after so many goes it doubles. */
const firstStretch = 12_000
const shortStretches = 10
/** So few sessions are asked about one by one instead of walking through all places of a common word. */
const fewSessions = 48
/** So few sessions out of scope are counted one by one for the statistics. */
const fewLeftOut = 200

/** Fewer letters stand in too many words. */
const fewestLetters = 3
/** More words, or more places of them, take longer to ask for than they save. */
const mostWords = 1000
const mostPlaces = 200_000

export interface LookupOptions {
  readonly scope: Scope
  /** True when every session is in scope, so that nothing needs to be asked of them. */
  readonly everything: boolean
  /** Sessions that are not to be looked up here: the index is out of date about them, or another store leads. */
  readonly without: ReadonlySet<SessionID>
  /** Which sessions are near; null: none is nearer than others. */
  readonly here: Scope | null
  /** Parents of sessions whose record names none. */
  readonly links: ReadonlyMap<SessionID, SessionID>
}

/** Answers a query of words from the index of a store. */
export class Lookup implements Source {
  readonly #index: IndexFile
  readonly #store: Store
  readonly #query: Query
  readonly #terms: readonly Term[]
  readonly #expressions: readonly string[]
  readonly #directory: Directory
  readonly #in: Uint8Array
  readonly #here: Uint8Array
  readonly #leftOut: readonly number[]
  readonly #links: ReadonlyMap<SessionID, SessionID>
  /** All places of a term whose places cannot be asked for in stretches without beginning anew each time. */
  readonly #whole = new Map<number, Float64Array>()
  readonly #attributes = new Map<number, Attributes>()

  constructor(index: IndexFile, store: Store, query: Query, { scope, everything, without, here, links }: LookupOptions) {
    this.#links = links
    this.#index = index
    this.#store = store
    this.#query = query
    this.#terms = termsOf(query)
    this.#expressions = this.#terms.map(expressionOf)
    const directory = index.directory()
    this.#directory = directory
    const count = directory.first.length
    const asked = (predicate: Scope) => {
      const answers = new Uint8Array(count)
      for (let at = 0; at < count; at++) answers[at] = predicate(this.#header(at)) ? 1 : 0
      return answers
    }
    this.#here = here ? asked(here) : new Uint8Array(count)
    this.#in = everything ? new Uint8Array(count).fill(1) : asked(scope)
    if (without.size > 0) for (let at = 0; at < count; at++) if (without.has(directory.ids[at]!)) this.#in[at] = 0
    const leftOut: number[] = []
    for (let at = 0; at < count; at++) if (this.#in[at] === 0) leftOut.push(at)
    this.#leftOut = leftOut
  }

  #header(at: number) {
    const { ids, updated, archived, place, places } = this.#directory
    const time = { created: 0, updated: updated[at]!, archived: archived[at] === 1 ? 1 : null }
    return { id: ids[at]!, ...places[place[at]!]!, time }
  }

  get most(): number {
    return this.#directory.first.length
  }

  async statistics(most: number): Promise<Statistics> {
    const { messages } = this.#directory
    let sessions = 0
    let said = 0
    for (let at = 0; at < this.#in.length; at++) {
      if (this.#in[at] === 0) continue
      sessions++
      said += messages[at]!
    }
    const wanted = this.#query.clauses.flat()
    return { sessions, messages: said, frequencies: wanted.map((term, number) => this.#frequency(term, number, sessions, most)) }
  }

  #frequency(term: Term, number: number, sessions: number, most: number): number {
    if (term.kind !== 'words') return term.kind === 'any' ? sessions : 0
    if (this.#leftOut.length > fewLeftOut) {
      const { first, units } = this.#directory
      let count = 0
      let at = 0
      for (const row of this.#allRows(number)) {
        const unit = Math.floor(row / rowsPerUnit)
        while (at < first.length && unit >= first[at]! + units[at]!) at++
        if (at < first.length && unit >= first[at]! && this.#in[at] === 1) count++
      }
      return count
    }
    const leftOut = this.#leftOut.reduce((sum, at) => sum + this.#rowsOf(number, at, at + 1).length, 0)
    return this.#index.count(this.#expressions[number]!, fieldNumbersOf(term), most + leftOut) - leftOut
  }

  /** Places of a term in the sessions from one up to but without another. */
  #rowsOf(term: number, from: number, to: number): Float64Array {
    const { first, units } = this.#directory
    if (from >= to) return new Float64Array()
    const start = first[from]! * rowsPerUnit
    const end = (first[to - 1]! + units[to - 1]!) * rowsPerUnit
    const whole = this.#whole.get(term)
    if (whole) return whole.subarray(position(whole, start), position(whole, end))
    return inFields(this.#index.rows(this.#expressions[term]!, start, end), this.#terms[term]!)
  }

  #allRows(term: number): Float64Array {
    let rows = this.#whole.get(term)
    if (!rows) {
      rows = inFields(this.#index.rows(this.#expressions[term]!, 0, Number.MAX_SAFE_INTEGER), this.#terms[term]!)
      this.#whole.set(term, rows)
    }
    return rows
  }

  async *batches(): AsyncIterable<Batch> {
    const { first, units, updated } = this.#directory
    for (const [number, term] of this.#terms.entries()) if (term.kind === 'words' && term.prefix) this.#allRows(number)
    const newestUpTo = new Float64Array(updated.length + 1).fill(Number.NEGATIVE_INFINITY)
    for (let at = 0; at < updated.length; at++) newestUpTo[at + 1] = Math.max(newestUpTo[at]!, updated[at]!)
    let stretch = firstStretch
    for (let to = first.length, goes = 1; to > 0; goes++) {
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
    for (const [at, id] of this.#directory.ids.entries()) if (ids.has(id)) found.push(...this.#find(at, at + 1))
    return found
  }

  /** Sessions in scope in which some letters stand in a word; null when that would be too many words or places to ask for. @param letters of `[a-z0-9]` */
  sessionsWith(letters: string): ReadonlySet<SessionID> | null {
    const words = letters.length < fewestLetters ? null : this.#index.wordsWith(letters, mostWords)
    if (words === null) return null
    const { ids, first, units } = this.#directory
    const found = new Set<SessionID>()
    let places = 0
    for (let from = 0; from < words.length; from += 64) {
      const expression = words.slice(from, from + 64).map((word) => `"${word}"`)
      const rows = this.#index.rows(expression.join(' OR '), 0, Number.MAX_SAFE_INTEGER)
      places += rows.length
      if (places > mostPlaces) return null
      let at = 0
      for (const row of rows) {
        const unit = Math.floor(row / rowsPerUnit)
        while (at < first.length && unit >= first[at]! + units[at]!) at++
        if (at < first.length && unit >= first[at]! && this.#in[at] === 1) found.add(ids[at]!)
      }
    }
    return found
  }

  /** Sessions that answer, from one up to but without another. */
  #find(from: number, to: number): Found[] {
    const hits = new Map<number, TermHit[]>()
    const { clauses } = this.#query
    let candidates: ReadonlySet<number> | undefined
    let number = 0
    for (const clause of clauses) {
      const met = new Set<number>()
      for (const _ of clause) {
        for (const at of this.#collect(number, from, to, candidates, hits)) met.add(at)
        number++
      }
      candidates = met
    }
    for (; number < this.#terms.length; number++) this.#collect(number, from, to, candidates, hits)
    const found: Found[] = []
    for (const at of [...(candidates ?? [])].sort((a, b) => b - a)) {
      const evidence = weigh(this.#query, hits.get(at) ?? [])
      if (evidence) found.push(this.#found(at, evidence))
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
    const met = new Set<number>()
    const few = candidates && candidates.size <= fewSessions ? [...candidates].sort((a, b) => a - b) : null
    for (const [start, end] of few ? few.map((at) => [at, at + 1] as const) : [[from, to] as const]) {
      if (this.#terms[term]!.kind === 'any') {
        for (let at = start; at < end; at++) {
          if (this.#in[at] === 1) this.#collectAny(term, at, hits, met)
        }
        continue
      }
      this.#collectRows(term, this.#rowsOf(term, start, end), start, candidates, hits, met)
    }
    return met
  }

  #collectRows(
    term: number,
    rows: Float64Array,
    start: number,
    candidates: ReadonlySet<number> | undefined,
    hits: Map<number, TermHit[]>,
    met: Set<number>,
  ): void {
    const { first, units } = this.#directory
    const filtered = hasUnitFilter(this.#query)
    let at = start
    for (const row of rows) {
      const unit = Math.floor(row / rowsPerUnit)
      while (at < first.length && unit >= first[at]! + units[at]!) at++
      // A row of no session is left of one that was read anew.
      if (at >= first.length || unit < first[at]! || this.#in[at] === 0 || (candidates && !candidates.has(at))) continue
      const inSession = unit - first[at]!
      if (filtered && !this.#passes(at, inSession)) continue
      met.add(at)
      const hit = { term, unit: inSession, field: row % rowsPerUnit, message: this.#startOf(unit) }
      const known = hits.get(at)
      if (known) known.push(hit)
      else hits.set(at, [hit])
    }
  }

  #collectAny(term: number, at: number, hits: Map<number, TermHit[]>, met: Set<number>): void {
    const { units } = this.#attributesOf(at)
    const first = this.#directory.first[at]!
    for (const [unit, [, , field]] of units.entries()) {
      if (!this.#passes(at, unit)) continue
      met.add(at)
      const known = hits.get(at) ?? []
      known.push({ term, unit, field, message: this.#startOf(first + unit) })
      hits.set(at, known)
    }
  }

  /** The number of the first unit of the message that a unit is in: the same for all of a message. */
  #startOf(unit: number): number {
    const { starts } = this.#directory
    let at = unit
    while (at > 0 && (starts[at >> 3]! & (1 << (at & 7))) === 0) at--
    return at
  }

  #attributesOf(at: number): Attributes {
    let attributes = this.#attributes.get(at)
    if (!attributes) {
      attributes = this.#index.attributes(this.#directory.ids[at]!)
      if (this.#attributes.size > 1000) this.#attributes.clear()
      this.#attributes.set(at, attributes)
    }
    return attributes
  }

  #passes(at: number, unit: number): boolean {
    const { messages, units } = this.#attributesOf(at)
    const [message, tool] = units[unit] ?? [-1, '']
    const of = messages[message]
    if (!of) return passes(null, this.#query.units)
    const [role, kind, agent, model] = of
    return passes({ role, kind, agent, model, tool }, this.#query.units)
  }

  #rootOf(session: number): SessionID {
    const { ids, parents } = this.#directory
    let at = session
    // Records that name each other as parents would lead round in a circle.
    for (let steps = 0; parents[at]! >= 0 && steps < deepest; steps++) at = parents[at]!
    return (parents[at] === -2 ? this.#index.parentOf(ids[at]!) : this.#links.get(ids[at]!)) ?? ids[at]!
  }

  #found(at: number, evidence: Found['evidence']): Found {
    const { ids, updated, messages } = this.#directory
    const id = ids[at]!
    return {
      id,
      rootID: this.#rootOf(at),
      store: this.#store,
      evidence,
      updated: updated[at]!,
      messages: messages[at]!,
      here: this.#here[at] === 1,
      locate: (unit) => {
        const { units } = this.#attributesOf(at)
        const message = units[unit]?.[0] ?? -1
        const messageID = this.#index.messageIDs(id)[message]
        if (messageID === undefined) return null
        return { messageID, unit: units.slice(0, unit).filter(([other]) => other === message).length }
      },
    }
  }
}

/** The query in FTS5's language: every token quoted, so that nothing in it is an operator. */
function expressionOf(term: Term): string {
  if (term.kind !== 'words') return ''
  const { tokens, prefix } = term
  const star = prefix ? ' *' : ''
  const phrase = `"${tokens.join(' ')}"${star}`
  return tokens.length === 1 ? `${phrase} OR "${pieceMark}${tokens[0]}"${star}` : phrase
}

const fieldNumbersOf = (term: Term) => (term.fields ? [...term.fields].map((field) => fields.indexOf(field)) : null)

function inFields(rows: Float64Array, term: Term): Float64Array {
  const numbers = fieldNumbersOf(term)
  return numbers ? rows.filter((row) => numbers.includes(row % rowsPerUnit)) : rows
}

/** Where the first value that is not smaller stands in values in order. */
function position(values: Float64Array, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
