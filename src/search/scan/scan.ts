import { setImmediate } from 'node:timers/promises'
import { keepMemoryLow } from '../../base/low-memory.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import type { NearAsked } from '../close/near-words.ts'
import { fields, type Query } from '../query.ts'
import type { Statistics } from '../rank.ts'
import type { Mention, Mentioned, Survey, Surveyor } from '../related/survey.ts'
import { type Batch, deepest, type Found, type Scope, type Source } from '../source.ts'
import { answersOf, threadsFor } from '../threads/threads.ts'
import { hitsIn, type Scanned, type SurveyPart } from './scan-sessions.ts'
import { perform, type Task, type TaskAnswer } from './task.ts'
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
export class Scan implements Source, Surveyor {
  readonly #store: Store
  readonly #query: Query
  readonly #options: ScanOptions
  #done: Promise<{ statistics: Statistics; found: Found[] }> | undefined
  #surveyed: Promise<{ survey: Survey; mentions: Mention[] }> | undefined

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

  async survey(): Promise<Survey> {
    return (await this.#everyMention()).survey
  }

  async mentions(clauses: ReadonlySet<number>): Promise<Mention[]> {
    const { mentions } = await this.#everyMention()
    const asked = this.#query.clauses.flatMap((terms, clause) => terms.map(() => clauses.has(clause)))
    const none = fields.map(() => 0)
    const said = mentions.map((mention) => ({
      ...mention,
      counts: mention.counts.map((row, term) => (asked[term] ? row : none)),
    }))
    return said.filter(({ counts }) => counts.some((row) => row.some((count) => count > 0)))
  }

  async read(ids: ReadonlySet<SessionID>): Promise<Mentioned[]> {
    const { mentions } = await this.#everyMention()
    const here = mentions.map(({ id }) => id).filter((id) => ids.has(id))
    return hitsIn(this.#store, this.#query, here).map(({ header, messages, hits, locate }) => ({
      ...this.#about(header),
      messages,
      hits,
      locate,
    }))
  }

  /** Words that are near to some words. */
  async near(asked: NearAsked): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    const take = (words: readonly string[]) => {
      for (const word of words) found.add(word)
    }
    await this.#share(this.#ids(), { type: 'near', asked }, (answer) => answer.type === 'near' && take(answer.words))
    return found
  }

  #everyMention(): Promise<{ survey: Survey; mentions: Mention[] }> {
    this.#surveyed ??= this.#survey()
    return this.#surveyed
  }

  async #survey(): Promise<{ survey: Survey; mentions: Mention[] }> {
    const ids = this.#ids()
    const found: SurveyPart['mentions'][number][] = []
    let messages = 0
    await this.#share(ids, { type: 'survey', query: this.#query }, (answer) => {
      if (answer.type !== 'survey') return
      found.push(...answer.part.mentions)
      messages += answer.part.messages
    })
    const { clauses } = this.#query
    const terms = clauses.flatMap((some, clause) => some.map(() => clause))
    const holding = clauses.map(() => 0)
    const places = clauses.map(() => 0)
    for (const { counts } of found) {
      const held = new Set<number>()
      for (const [term, row] of counts.entries()) {
        const count = row.reduce((sum, one) => sum + one, 0)
        places[terms[term]!]! += count
        if (count > 0) held.add(terms[term]!)
      }
      for (const clause of held) holding[clause]!++
    }
    const updated = new Map<SessionID, number>()
    for (let at = 0; at < found.length; at += readTogether)
      for (const [id, time] of this.#store.updated(found.slice(at, at + readTogether).map(({ id }) => id))) updated.set(id, time)
    const mentions = found.map((one) => ({ ...one, updated: updated.get(one.id) ?? 0 }))
    return { survey: { sessions: ids.length, messages, holding, places }, mentions }
  }

  /** The sessions that are to be read. */
  #ids(): SessionID[] {
    const { scope, only, without } = this.#options
    const wanted = (header: SessionHeader) => !without.has(header.id) && (!only || only.has(header.id)) && scope(header)
    const ids: SessionID[] = []
    for (const header of this.#store.sessions()) if (wanted(header)) ids.push(header.id)
    return ids
  }

  async #read(): Promise<{ statistics: Statistics; found: Found[] }> {
    const { progress } = this.#options
    const ids = this.#ids()
    const scanned: Scanned[] = []
    const frequencies = new Array<number>(this.#query.clauses.flat().length).fill(0)
    let messages = 0
    let done = 0
    await this.#share(ids, { type: 'answers', query: this.#query }, (answer) => {
      if (answer.type !== 'part') return
      scanned.push(...answer.part.scanned)
      messages += answer.part.messages
      for (const [term, frequency] of answer.part.frequencies.entries()) frequencies[term]! += frequency
      done += answer.part.sessions
      progress?.({ done, sessions: ids.length })
    })
    for (const [number, term] of this.#query.clauses.flat().entries()) {
      if (term.kind === 'any') frequencies[number] = ids.length
      if (term.kind === 'regex') frequencies[number] = 0
    }
    return { statistics: { sessions: ids.length, messages, frequencies }, found: this.#found(scanned) }
  }

  /** Reads sessions for a task, many of them in threads. */
  async #share(ids: readonly SessionID[], task: Task, take: (answer: TaskAnswer) => void): Promise<void> {
    const threads = threadsFor(this.#store, ids.length)
    if (threads > 0) {
      keepMemoryLow()
      await Promise.all(
        Array.from({ length: threads }, (_item, share) => this.#inThread(shareOf(ids, share, threads), task, take)),
      )
      return
    }
    for (const answer of perform(this.#store, task, ids)) {
      take(answer)
      await setImmediate()
      this.#options.signal?.throwIfAborted()
    }
  }

  async #inThread(ids: readonly SessionID[], task: Task, take: (answer: TaskAnswer) => void): Promise<void> {
    for await (const answer of answersOf(this.#store, ids, task)) {
      this.#options.signal?.throwIfAborted()
      if (answer.type === 'done') {
        // What a thread could not read is named by the store that everybody asks: it reads these sessions again.
        if (answer.problems > 0) for (const [, messages] of this.#store.transcripts(ids)) for (const _ of messages);
      } else if (answer.type !== 'items') take(answer)
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
        const locate: Found['locate'] = (unit) => places[evidence.best.findIndex((hit) => hit.unit === unit)] ?? null
        found.push({ ...this.#about(header), messages, evidence, locate })
      }
    }
    return found
  }

  #about(header: SessionHeader): Pick<Found, 'id' | 'rootID' | 'store' | 'updated' | 'here'> {
    const here = this.#options.here?.(header) ?? false
    return { id: header.id, rootID: this.#rootOf(header), store: this.#store, updated: header.time.updated, here }
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
