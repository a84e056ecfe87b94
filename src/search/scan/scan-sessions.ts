import { shellNotice } from '../../conversation/from-v1.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store, StoredMessage } from '../../stores/store.ts'
import { type Evidence, type TermHit, termsOf, weigh } from '../evidence.ts'
import { passes } from '../filters.ts'
import type { Query } from '../query.ts'
import type { UnitPlace } from '../source.ts'
import { type Matcher, matcherOf } from '../text/match.ts'
import { fieldNumber, modelName, searchable, segmentsByWeight, titleUnit } from '../text/searchable.ts'
import type { Unit } from '../text/units.ts'
import { readTogether, withinTime } from './within-time.ts'

/** A session that answers, as reading it tells: plain data, so that another thread can take it. */
export interface Scanned {
  readonly id: SessionID
  readonly messages: number
  readonly evidence: Evidence
  /** Where the units of the best hits stand, in their order; null is the title. */
  readonly places: readonly (UnitPlace | null)[]
}

/** What some sessions say to a query. */
export interface ScanPart {
  readonly scanned: readonly Scanned[]
  /** How many sessions were read, and the messages in them. */
  readonly sessions: number
  readonly messages: number
  /** In how many places each wanted term stands in them. */
  readonly frequencies: readonly number[]
}

/**
 * Reads sessions, and tells which answer a query.
 * @throws OcvaultError `usage` when a regular expression takes too long
 */
export function* scanSessions(store: Store, query: Query, ids: readonly SessionID[]): Iterable<ScanPart> {
  const scanner = new Scanner(query)
  for (let done = 0; done < ids.length; done += readTogether) yield scanner.scan(store, ids.slice(done, done + readTogether))
}

class Scanner {
  readonly #query: Query
  readonly #matchers: readonly Matcher[]
  readonly #unfiltered: boolean
  readonly #bounded: boolean

  constructor(query: Query) {
    this.#query = query
    this.#matchers = termsOf(query).map(matcherOf)
    this.#unfiltered = Object.values(query.units).every((names) => names.length === 0)
    this.#bounded = this.#matchers.some(({ term }) => term.kind === 'regex')
  }

  scan(store: Store, ids: readonly SessionID[]): ScanPart {
    const headers = new Map(store.headers(ids).map((header) => [header.id, header]))
    const frequencies = new Array<number>(this.#query.clauses.flat().length).fill(0)
    const scanned: Scanned[] = []
    let messages = 0
    const read = () => {
      for (const [id, stored] of store.transcripts(ids, { wanted: (json) => this.#wanted(json) })) {
        const header = headers.get(id)
        if (!header) continue // deleted meanwhile
        const session = this.#session(header, stored, frequencies)
        messages += session.messages
        if (session.evidence) scanned.push({ id, messages: session.messages, evidence: session.evidence, places: session.places })
      }
    }
    if (this.#bounded) withinTime(read)
    else read()
    return { scanned, sessions: ids.length, messages, frequencies }
  }

  #wanted(json: string): boolean {
    // Without the notice of a command that the person ran, the kind of its message would be another one.
    return this.#matchers.some((matcher) => matcher.mayMatch(json)) || json.includes(shellNotice)
  }

  #session(
    header: SessionHeader,
    stored: Iterable<StoredMessage>,
    frequencies: number[],
  ): { messages: number; evidence: Evidence | null; places: (UnitPlace | null)[] } {
    const hits: TermHit[] = []
    const places: (UnitPlace | null)[] = []
    const title = titleUnit(header)
    if (title) {
      this.#look(title, 0, -1, this.#unfiltered, hits, frequencies)
      places.push(null)
    }
    let count = 0
    for (const one of stored) {
      const { message, units } = searchable(one)
      const { role, kind, agent } = message
      for (const [at, unit] of units.entries()) {
        const attributes = { role, kind, agent: agent ?? '', model: modelName(message), tool: unit.tool ?? '' }
        const passed = this.#unfiltered || passes(attributes, this.#query.units)
        this.#look(unit, places.length, count, passed, hits, frequencies)
        places.push({ messageID: message.id, unit: at })
      }
      count++
    }
    const evidence = weigh(this.#query, hits)
    return { messages: count, evidence, places: evidence?.best.map(({ unit }) => places[unit] ?? null) ?? [] }
  }

  #look(unit: Unit, number: number, message: number, passed: boolean, hits: TermHit[], frequencies: number[]): void {
    for (const [rank, { field, text }] of segmentsByWeight(unit).entries()) {
      for (const [term, matcher] of this.#matchers.entries()) {
        if (matcher.term.fields && !matcher.term.fields.has(field)) continue
        if (matcher.term.kind === 'any') {
          if (passed && rank === 0) hits.push({ term, unit: number, field: fieldNumber(field), message })
          continue
        }
        if (!matcher.testFolded(text)) continue
        if (term < frequencies.length) frequencies[term]!++
        if (passed && matcher.test(text)) hits.push({ term, unit: number, field: fieldNumber(field), message })
      }
    }
  }
}
