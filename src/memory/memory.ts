import type { Aftercare } from '../api/aftercare.ts'
import type { Request } from '../api/requests.ts'
import type { Search } from '../api/search.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { SearchResult } from '../search/hits.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'

export interface MemoryOptions {
  /** Where to look instead of the machine's own stores. */
  readonly roots?: readonly string[]
  /** False tells secrets as they stand in sessions; only a person may decide so. Default true. */
  readonly redact?: boolean
  /** The time that ages are counted from, in ms since the epoch; default now. */
  readonly now?: () => number
}

/** Who asks, and where from. */
export interface Asking {
  /** The directory that the agent works in: its project comes first. */
  readonly here?: string | undefined
  /** The session that asks, if that is known: neither it nor anything that belongs to it answers. */
  readonly self?: SessionID
  readonly signal?: AbortSignal
}

/** What a question is answered from. */
export interface Recall extends Asking {
  readonly catalog: Catalog
  readonly redact: boolean
  readonly now: number
  /** Looks for what a question needs. @throws OcvaultError `usage` for a query that is none, as results are asked for */
  search(request: Request<'search'>): Promise<Search>
}

/** A session that was updated so lately may be the one that asks. */
const activeMs = 600_000

/**
 * What agents may ask of all sessions: a catalog that stays open, and takes in what moved before each question. Questions are
 * answered one after another, however many come at once, so that none reads what another refreshes.
 */
export class Memory {
  readonly #options: MemoryOptions
  readonly #stop = new AbortController()
  #aftercare: Aftercare | undefined
  #hasSearched = false
  #catalog: Catalog | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: MemoryOptions = {}) {
    this.#options = options
  }

  /**
   * Answers a question when those before it are answered.
   * @throws whatever the answer throws; OcvaultError when a root holds no sessions; the signal's reason
   */
  ask<T>(asking: Asking, answer: (recall: Recall) => Promise<T>): Promise<T> {
    const answered = this.#last.then(async () => {
      asking.signal?.throwIfAborted()
      // Loaded with the first question, as all else: a client that starts asks only what it could ask.
      const { Aftercare } = await import('../api/aftercare.ts')
      this.#aftercare ??= new Aftercare()
      const { allFitToQuote } = await import('./quote.ts')
      return this.#aftercare.question(async () => allFitToQuote(await answer(await this.#recall(asking))))
    })
    this.#last = answered.catch(() => {})
    return answered
  }

  async #recall(asking: Asking): Promise<Recall> {
    const { redact = true, now = Date.now } = this.#options
    const catalog = await this.#current()
    const search = async (request: Request<'search'>) => {
      const { searchSessions } = await import('../api/search.ts')
      const found = await searchSessions(catalog, request, { signal: this.#endOf(asking) })
      this.#aftercare?.after(found)
      return { ...found, results: this.#searched(found) }
    }
    return { ...asking, catalog, redact, now: now(), search }
  }

  /**
   * What ends a search. The first makes indexes, which may take longer than a client has patience: where it is given up, they are
   * made all the same, or none would ever be.
   */
  #endOf({ signal }: Asking): AbortSignal {
    return signal && this.#hasSearched ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal
  }

  async *#searched({ results }: Search): AsyncIterable<SearchResult> {
    for await (const result of results) {
      this.#hasSearched = true
      yield result
    }
    this.#hasSearched = true
  }

  async #current(): Promise<Catalog> {
    if (this.#catalog) {
      this.#catalog.refresh()
      return this.#catalog
    }
    const { openStores, rememberedArchives } = await import('../api/stores.ts')
    const { roots } = this.#options
    this.#catalog = await openStores(roots ? { roots } : { archives: await rememberedArchives() })
    return this.#catalog
  }

  /** Gives up what was asked, and lets go of all files. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#last
    await this.#aftercare?.close()
    this.#catalog?.close()
    this.#catalog = undefined
  }
}

/**
 * The time before which a session must have been updated to answer at all; undefined where also active ones shall, and where it
 * is known which of them asks.
 */
export const quietBefore = ({ now, self }: Recall, includeActive: boolean | undefined): number | undefined =>
  includeActive || self !== undefined ? undefined : now - activeMs

/** Whether a root session, with all that it started, may answer: it is not active, and does not ask itself. */
export function mayAnswer(recall: Recall, root: Session, includeActive: boolean | undefined): boolean {
  const before = quietBefore(recall, includeActive)
  if (before !== undefined && root.time.updated >= before) return false
  const { self, catalog } = recall
  if (self === undefined) return true
  return root.id !== self && !Iterator.from(catalog.tree(root)).some(([{ id }]) => id === self)
}
