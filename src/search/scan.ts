import { setImmediate } from 'node:timers/promises'
import { createContext, Script } from 'node:vm'
import { shellNotice } from '../conversation/from-v1.ts'
import type { SessionID } from '../opencode/ids.ts'
import { OcvaultError } from '../stores/errors.ts'
import type { SessionHeader, Store } from '../stores/store.ts'
import { contentOf, fieldNumber, modelName, segmentsByWeight, titleUnit } from './content.ts'
import { type TermHit, termsOf, weigh } from './evidence.ts'
import { passes } from './filters.ts'
import { type Matcher, matcherOf } from './match.ts'
import type { Query } from './query.ts'
import type { Statistics } from './rank.ts'
import { type Batch, deepest, type Found, type Scope, type Source, type UnitPlace } from './source.ts'
import type { Unit } from './units.ts'

/** How long a person's regular expression may look at the messages of one session, in ms. JavaScript's engine backtracks: it can take for ever. */
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
    const ids = [...this.#store.sessions()].filter(wanted).map(({ id }) => id)
    const found: Found[] = []
    const frequencies = new Array<number>(this.#query.clauses.flat().length).fill(0)
    let messages = 0
    const bounded = this.#matchers.some(({ term }) => term.kind === 'regex') ? withinTime : <T>(run: () => T) => run()
    let yielded = performance.now()
    for (const [done, id] of ids.entries()) {
      if (performance.now() - yielded > 50) {
        progress?.({ done, sessions: ids.length })
        await setImmediate()
        signal?.throwIfAborted()
        yielded = performance.now()
      }
      const header = this.#store.session(id)
      if (!header) continue // deleted meanwhile
      const session = bounded(() => this.#session(header, frequencies), id)
      messages += session.messages
      if (session.found) found.push(session.found)
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

  #session(header: SessionHeader, frequencies: number[]): { messages: number; found: Found | null } {
    const hits: TermHit[] = []
    const places: (UnitPlace | null)[] = []
    const wanted = (json: string) =>
      this.#matchers.some((matcher) => matcher.mayMatch(json)) ||
      // Without it the kind of its message would be another one.
      json.includes(shellNotice)
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
    for (const { message, units } of contentOf(this.#store, header, { wanted })) {
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
    const { id, time } = header
    const kept = new Map(evidence.best.map(({ unit }) => [unit, places[unit] ?? null]))
    const here = this.#options.here(header)
    const locate = (unit: number) => kept.get(unit) ?? null
    const rootID = this.#rootOf(header)
    return {
      messages: count,
      found: { id, rootID, store: this.#store, evidence, updated: time.updated, messages: count, here, locate },
    }
  }
}

const sandbox: { run: () => void } = createContext({ run: () => {} }) as never
const script = new Script('run()')

/**
 * Runs until the time is over: V8 looks at its clock while an expression backtracks.
 * @throws OcvaultError `usage`
 */
function withinTime<T>(run: () => T, id: SessionID): T {
  let result: T | undefined
  sandbox.run = () => {
    result = run()
  }
  try {
    script.runInContext(sandbox, { timeout: regexLimit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    const reason = `the regular expression takes more than ${regexLimit / 1000} s in session ${id}; make it simpler (nested repetitions like (a+)+ take for ever)`
    throw new OcvaultError('usage', reason, { cause: error })
  }
  return result as T
}
