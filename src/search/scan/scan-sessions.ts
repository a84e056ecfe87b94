import { shellNotice } from '../../conversation/from-v1.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store, StoredMessage } from '../../stores/store.ts'
import { type NearAsked, NearWords } from '../close/near-words.ts'
import { type Evidence, termsOf, weigh } from '../evidence.ts'
import { hasUnitFilter, passes } from '../filters.ts'
import { type Field, fields, type Query } from '../query.ts'
import type { Counts, Passing } from '../related/survey.ts'
import type { UnitPlace } from '../source.ts'
import { type Matcher, matcherOf } from '../text/match.ts'
import { fieldNumber, modelName, searchable, segmentsByWeight, sizeOf, titleUnit } from '../text/searchable.ts'
import type { Unit } from '../text/units.ts'
import { turnAround } from '../turn.ts'
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

/** How some sessions use words of which none has to be there. */
export interface SurveyPart {
  readonly sessions: number
  readonly messages: number
  readonly mentions: readonly { readonly id: SessionID; readonly messages: number; readonly counts: Counts }[]
}

/** A session with every place in which a term stands, and where each unit is. */
export interface SessionHits {
  readonly header: SessionHeader
  readonly messages: number
  readonly hits: Passing[]
  /** Null for the title. */
  readonly locate: (unit: number) => UnitPlace | null
}

/** Where a unit stands: the number of its message, and which of that one's units it is. */
interface Place {
  readonly message: number
  readonly unit: number
}

/** So many sessions are read together. */
function* portions(ids: readonly SessionID[]): Iterable<readonly SessionID[]> {
  for (let done = 0; done < ids.length; done += readTogether) yield ids.slice(done, done + readTogether)
}

/**
 * Reads sessions, and tells which answer a query.
 * @throws OcvaultError `usage` when a regular expression takes too long
 */
export function* scanSessions(store: Store, query: Query, ids: readonly SessionID[]): Iterable<ScanPart> {
  const scanner = new Scanner(query)
  for (const some of portions(ids)) {
    const scanned: Scanned[] = []
    let messages = 0
    const frequencies = scanner.scan(store, some, (session) => {
      messages += session.messages
      const evidence = weigh(query, session.hits)
      if (!evidence) return
      const places = evidence.best.map(({ unit }) => session.locate(unit))
      scanned.push({ id: session.header.id, messages: session.messages, evidence, places })
    })
    yield { scanned, sessions: some.length, messages, frequencies }
  }
}

/** Reads sessions, and tells how they use the words of a query, whether they answer it or not. */
export function* surveySessions(store: Store, query: Query, ids: readonly SessionID[]): Iterable<SurveyPart> {
  const scanner = new Scanner(query)
  for (const some of portions(ids)) {
    const mentions: SurveyPart['mentions'][number][] = []
    let messages = 0
    scanner.scan(store, some, (session) => {
      messages += session.messages
      if (session.hits.length === 0) return
      const counts = query.clauses.flat().map(() => new Array<number>(fields.length).fill(0))
      for (const { term, field } of session.hits) counts[term]![field]!++
      mentions.push({ id: session.header.id, messages: session.messages, counts })
    })
    yield { sessions: some.length, messages, mentions }
  }
}

/** Reads sessions for every place in which a term of a query stands. */
export function hitsIn(store: Store, query: Query, ids: readonly SessionID[]): SessionHits[] {
  const scanner = new Scanner(query)
  const found: SessionHits[] = []
  for (const some of portions(ids)) scanner.scan(store, some, (session) => found.push(session))
  return found
}

/** Reads sessions for words that are near to some words. */
export function* nearWordsOf(store: Store, asked: NearAsked, ids: readonly SessionID[]): Iterable<string[]> {
  const near = new NearWords(asked)
  const look = (unit: Unit) => {
    for (const { text } of unit.segments) near.look(text)
  }
  let told = 0
  for (const some of portions(ids)) {
    const headers = new Map(store.headers(some).map((header) => [header.id, header]))
    for (const [id, stored] of store.transcripts(some)) {
      const header = headers.get(id)
      const title = header && titleUnit(header)
      if (title) look(title)
      for (const one of stored) for (const unit of searchable(one).units) look(unit)
    }
    const words = [...near.found].slice(told)
    told = near.found.size
    yield words
  }
}

class Scanner {
  readonly #query: Query
  readonly #matchers: readonly Matcher[]
  readonly #unfiltered: boolean
  readonly #bounded: boolean

  constructor(query: Query) {
    this.#query = query
    this.#matchers = termsOf(query).map(matcherOf)
    this.#unfiltered = !hasUnitFilter(query)
    this.#bounded = this.#matchers.some(({ term }) => term.kind === 'regex')
  }

  /** Tells of each session what was found in it, and gives in how many places of all of them each wanted term stands. */
  scan(store: Store, ids: readonly SessionID[], tell: (session: SessionHits) => void): number[] {
    const headers = new Map(store.headers(ids).map((header) => [header.id, header]))
    const frequencies = new Array<number>(this.#query.clauses.flat().length).fill(0)
    const read = () => {
      for (const [id, stored] of store.transcripts(ids, { wanted: (json) => this.#wanted(json) })) {
        const header = headers.get(id)
        if (header) tell(this.#session(header, stored, frequencies)) // else deleted meanwhile
      }
    }
    if (this.#bounded) withinTime(read)
    else read()
    return frequencies
  }

  #wanted(json: string): boolean {
    // Without the notice of a command that the person ran, the kind of its message would be another one.
    return this.#matchers.some((matcher) => matcher.mayMatch(json)) || json.includes(shellNotice)
  }

  #session(header: SessionHeader, stored: Iterable<StoredMessage>, frequencies: number[]): SessionHits {
    const hits: Passing[] = []
    const places: (Place | null)[] = []
    const ids: MessageID[] = []
    const roles: string[] = []
    const title = titleUnit(header)
    if (title) {
      this.#look(title, 0, -1, this.#unfiltered, hits, frequencies)
      places.push(null)
    }
    for (const one of stored) {
      const { message, units } = searchable(one)
      const { role, kind, agent } = message
      const number = ids.push(message.id) - 1
      roles.push(role)
      for (const [at, unit] of units.entries()) {
        const attributes = { role, kind, agent: agent ?? '', model: modelName(message), tool: unit.tool ?? '' }
        const passed = this.#unfiltered || passes(attributes, this.#query.units)
        this.#look(unit, places.length, number, passed, hits, frequencies)
        places.push({ message: number, unit: at })
      }
    }
    const locate = (unit: number): UnitPlace | null => {
      const place = places[unit]
      if (!place) return null
      const [first, last] = turnAround(roles, place.message)
      return { messageID: ids[place.message]!, unit: place.unit, turn: [ids[first]!, ids[last]!] }
    }
    return { header, messages: ids.length, hits, locate }
  }

  #look(unit: Unit, number: number, message: number, passed: boolean, hits: Passing[], frequencies: number[]): void {
    const add = (term: number, field: Field) =>
      hits.push({ term, unit: number, field: fieldNumber(field), message, size: sizeOf(unit) })
    for (const [rank, { field, text }] of segmentsByWeight(unit).entries()) {
      for (const [term, matcher] of this.#matchers.entries()) {
        if (matcher.term.fields && !matcher.term.fields.has(field)) continue
        if (matcher.term.kind === 'any') {
          if (passed && rank === 0) add(term, field)
          continue
        }
        if (!matcher.testFolded(text)) continue
        if (term < frequencies.length) frequencies[term]!++
        if (passed && matcher.test(text)) add(term, field)
      }
    }
  }
}
