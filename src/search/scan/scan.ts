import { setImmediate } from 'node:timers/promises'
import { keepMemoryLow } from '../../base/low-memory.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import type { Query } from '../query.ts'
import type { Statistics } from '../rank.ts'
import { type Batch, deepest, type Found, type Scope, type Source } from '../source.ts'
import { answersOf, threadsFor } from '../threads/threads.ts'
import { type Scanned, type ScanPart, scanSessions } from './scan-sessions.ts'
import { readTogether } from './within-time.ts'

export interface ScanOptions {
  readonly scope: Scope
  /** Which sessions are near; null: none is nearer than others. */
  readonly here: Scope | null
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
  readonly #options: ScanOptions
  #done: Promise<{ statistics: Statistics; found: Found[] }> | undefined

  constructor(store: Store, query: Query, options: ScanOptions) {
    this.#store = store
    this.#query = query
    this.#options = options
  }

  /** Everything is read anyway, and counted on the way. */
  readonly sessionsAtMost = Number.POSITIVE_INFINITY

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
    const { scope, only, without, progress } = this.#options
    const wanted = (header: SessionHeader) => !without.has(header.id) && (!only || only.has(header.id)) && scope(header)
    const ids: SessionID[] = []
    for (const header of this.#store.sessions()) if (wanted(header)) ids.push(header.id)
    const scanned: Scanned[] = []
    const frequencies = new Array<number>(this.#query.clauses.flat().length).fill(0)
    let messages = 0
    let done = 0
    const take = (part: ScanPart) => {
      scanned.push(...part.scanned)
      messages += part.messages
      for (const [term, frequency] of part.frequencies.entries()) frequencies[term]! += frequency
      done += part.sessions
      progress?.({ done, sessions: ids.length })
    }
    const threads = threadsFor(ids.length)
    if (threads > 0) {
      keepMemoryLow()
      await Promise.all(Array.from({ length: threads }, (_item, share) => this.#inThread(shareOf(ids, share, threads), take)))
    } else await this.#here(ids, take)
    for (const [number, term] of this.#query.clauses.flat().entries()) {
      if (term.kind === 'any') frequencies[number] = ids.length
      if (term.kind === 'regex') frequencies[number] = 0
    }
    return { statistics: { sessions: ids.length, messages, frequencies }, found: this.#found(scanned) }
  }

  async #here(ids: readonly SessionID[], take: (part: ScanPart) => void): Promise<void> {
    for (const part of scanSessions(this.#store, this.#query, ids)) {
      take(part)
      await setImmediate()
      this.#options.signal?.throwIfAborted()
    }
  }

  async #inThread(ids: readonly SessionID[], take: (part: ScanPart) => void): Promise<void> {
    for await (const answer of answersOf(this.#store, ids, this.#query)) {
      this.#options.signal?.throwIfAborted()
      if (answer.type === 'part') take(answer.part)
      // What a thread could not read is named by the store that everybody asks: it reads these sessions again.
      if (answer.type === 'done' && answer.problems > 0)
        for (const [, messages] of this.#store.transcripts(ids)) for (const _ of messages);
    }
  }

  #found(scanned: readonly Scanned[]): Found[] {
    const found: Found[] = []
    for (let at = 0; at < scanned.length; at += readTogether) {
      const some = scanned.slice(at, at + readTogether)
      const headers = new Map(this.#store.headers(some.map(({ id }) => id)).map((header) => [header.id, header]))
      for (const { id, messages, evidence, places } of some) {
        const header = headers.get(id)
        if (!header) continue
        const about = { id, rootID: this.#rootOf(header), store: this.#store, updated: header.time.updated }
        found.push({
          ...about,
          messages,
          evidence,
          here: this.#options.here?.(header) ?? false,
          locate: (unit) => places[evidence.best.findIndex((hit) => hit.unit === unit)] ?? null,
        })
      }
    }
    return found
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
}

/** Every so many sessions in turn, so that each thread gets new and old, long and short ones. */
function shareOf(ids: readonly SessionID[], share: number, shares: number): SessionID[] {
  return ids.filter((_item, at) => Math.floor(at / readTogether) % shares === share)
}
