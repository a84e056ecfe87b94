import { setImmediate } from 'node:timers/promises'
import { createContext, Script } from 'node:vm'
import { shellNotice } from '../conversation/from-v1.ts'
import type { SessionID } from '../opencode/ids.ts'
import { OcvaultError } from '../stores/errors.ts'
import type { SessionHeader, Store, StoredMessage } from '../stores/store.ts'
import { fieldNumber, modelName, searchable, segmentsByWeight, titleUnit } from './content.ts'
import { type Evidence, type TermHit, termsOf, weigh } from './evidence.ts'
import { passes } from './filters.ts'
import { type Matcher, matcherOf } from './match.ts'
import type { Query } from './query.ts'
import type { Statistics } from './rank.ts'
import { type Batch, deepest, type Found, type Scope, type Source, type UnitPlace } from './source.ts'
import type { Unit } from './units.ts'

/** How many sessions are read between two looks at the clock. */
const readTogether = 64

/** How long a person's regular expression may take for so many sessions, in ms. JavaScript's engine backtracks: it can take for ever. */
const regexLimit = 5000

export interface ScanOptions {
  readonly scope: Scope
  readonly here: Scope
  /** Parents of sessions whose record names none. */
  readonly links: ReadonlyMap<SessionID, SessionID>
  /** Only these sessions, of which the statistics say all; default: every session of the store. */
  readonly only?: ReadonlySet<SessionID>
  /** Sessions that another store leads. */
  readonly without: ReadonlySet<SessionID>
  readonly progress?: (progress: { readonly done: number; readonly sessions: number }) => void
  readonly signal?: AbortSignal
}

/** Answers a query by reading the sessions of a store. */
export class Scan implements Source {
  readonly #store: Store
  readonly #query: Query
  readonly #matchers: readonly Matcher[]
  readonly #options: ScanOptions
  #done: Promise<{ statistics: Statistics; found: Found[] }> | undefined

  constructor(store: Store, query: Query, options: ScanOptions) {
    this.#store = store
    this.#query = query
    this.#matchers = termsOf(query).map(matcherOf)
    this.#options = options
  }

  async statistics(): Promise<Statistics> {
    return (await this.#all()).statistics
  }

  async *batches(): AsyncIterable<Batch> {
    yield { found: (await this.#all()).found, before: Number.NEGATIVE_INFINITY }
  }

  async among(ids: ReadonlySet<SessionID>): Promise<Found[]> {
    return (await this.#all()).found.filter(({ id }) => ids.has(id))
  }

  #all(): Promise<{ statistics: Statistics; found: Found[] }> {
    this.#done ??= this.#read()
    return this.#done
  }

  async #read(): Promise<{ statistics: Statistics; found: Found[] }> {
    const { scope, only, without, progress, signal } = this.#options
    const wanted = (header: SessionHeader) => !without.has(header.id) && (!only || only.has(header.id)) && scope(header)
    const ids: SessionID[] = []
    for (const header of this.#store.sessions()) if (wanted(header)) ids.push(header.id)
    const found: Found[] = []
    const frequencies = new Array<number>(this.#query.clauses.flat().length).fill(0)
    let messages = 0
    const bounded = this.#matchers.some(({ term }) => term.kind === 'regex') ? withinTime : (run: () => void) => run()
    for (let done = 0; done < ids.length; done += readTogether) {
      progress?.({ done, sessions: ids.length })
      await setImmediate()
      signal?.throwIfAborted()
      const some = ids.slice(done, done + readTogether)
      const headers = new Map(this.#store.headers(some).map((header) => [header.id, header]))
      bounded(() => {
        for (const [id, stored] of this.#store.transcripts(some, { wanted: (json) => this.#wanted(json) })) {
          const header = headers.get(id)
          if (!header) continue // deleted meanwhile
          const session = this.#session(header, stored, frequencies)
          messages += session.messages
          if (session.found) found.push(session.found)
        }
      })
    }
    progress?.({ done: ids.length, sessions: ids.length })
    for (const [number, term] of this.#query.clauses.flat().entries()) {
      if (term.kind === 'any') frequencies[number] = ids.length
      if (term.kind === 'regex') frequencies[number] = 0
    }
    return { statistics: { sessions: ids.length, messages, frequencies }, found }
  }

  #rootOf(session: SessionHeader): SessionID {
    let header = session
    for (let steps = 0; steps < deepest; steps++) {
      const parentID = header.parentID ?? this.#options.links.get(header.id)
      const parent = parentID === undefined ? undefined : this.#store.session(parentID)
      if (!parent) return parentID ?? header.id
      header = parent
    }
    return header.id
  }

  #wanted(json: string): boolean {
    // Without the notice of a command that the person ran, the kind of its message would be another one.
    return this.#matchers.some((matcher) => matcher.mayMatch(json)) || json.includes(shellNotice)
  }

  #session(
    header: SessionHeader,
    stored: Iterable<StoredMessage>,
    frequencies: number[],
  ): { messages: number; found: Found | null } {
    const hits: TermHit[] = []
    const places: (UnitPlace | null)[] = []
    const look = (unit: Unit, message: number, passed: boolean) => {
      const number = places.length
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
    const filter = this.#query.units
    const plain = Object.values(filter).every((names) => names.length === 0)
    const title = titleUnit(header)
    if (title) {
      look(title, -1, plain)
      places.push(null)
    }
    let count = 0
    for (const one of stored) {
      const { message, units } = searchable(one)
      const { role, kind, agent } = message
      for (const [at, unit] of units.entries()) {
        const attributes = { role, kind, agent: agent ?? '', model: modelName(message), tool: unit.tool ?? '' }
        look(unit, count, plain || passes(attributes, filter))
        places.push({ messageID: message.id, unit: at })
      }
      count++
    }
    const evidence = weigh(this.#query, hits)
    if (!evidence) return { messages: count, found: null }
    const kept = new Map(evidence.best.map(({ unit }) => [unit, places[unit] ?? null]))
    return { messages: count, found: this.#found(header, count, evidence, kept) }
  }

  /** Apart from where a session is read, so that what it keeps is not everything that was read. */
  #found(header: SessionHeader, messages: number, evidence: Evidence, kept: ReadonlyMap<number, UnitPlace | null>): Found {
    return {
      id: header.id,
      rootID: this.#rootOf(header),
      store: this.#store,
      evidence,
      updated: header.time.updated,
      messages,
      here: this.#options.here(header),
      locate: (unit) => kept.get(unit) ?? null,
    }
  }
}

const sandbox: { run: () => void } = createContext({ run: () => {} }) as never
const script = new Script('run()')

/**
 * Runs until the time is over: V8 looks at its clock while an expression backtracks.
 * @throws OcvaultError `usage`
 */
function withinTime(run: () => void): void {
  sandbox.run = run
  try {
    script.runInContext(sandbox, { timeout: regexLimit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    const reason = `the regular expression takes more than ${regexLimit / 1000} s for ${readTogether} sessions; make it simpler: nested repetitions like (a+)+ take for ever`
    throw new OcvaultError('usage', reason, { cause: error })
  }
}
