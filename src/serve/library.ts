import { randomBytes } from 'node:crypto'
import { openStores, rememberedArchives } from '../api/stores.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'

/** What a server shows: the stores of the machine and the archives that are remembered, or the roots that were named. */
export const openServed = async (roots: readonly string[]): Promise<Catalog> =>
  openStores(roots.length > 0 ? { roots } : { archives: await rememberedArchives() })

/** Looking for changes may take this share of a processor's time. */
const share = 1 / 60
/** Looks are at least so many ms apart. */
const shortestPause = 250

/**
 * The catalog of a server, which lives for days: kept up with what is written, read by many, and never read while it is brought
 * up to date.
 */
export class Library {
  readonly #roots: readonly string[]
  readonly #catalog: Catalog
  /** Tags of one run of the server mean nothing to the next. */
  readonly #run = randomBytes(6).toString('base64url')
  readonly #listeners = new Set<() => void>()
  #generation: string | undefined
  #readers = 0
  #nextLook = 0
  #timer: NodeJS.Timeout | undefined

  private constructor(roots: readonly string[], catalog: Catalog) {
    this.#roots = roots
    this.#catalog = catalog
  }

  /** @param roots what is read instead of the machine's own stores. @throws OcvaultError when one cannot be opened */
  static async of(roots: readonly string[]): Promise<Library> {
    return new Library(roots, await openServed(roots))
  }

  /** Another catalog of the same stores, for reading that takes its time. Whoever opens it closes it. */
  open(): Promise<Catalog> {
    return openServed(this.#roots)
  }

  /** Everything as it is now. To be read at once: what is read later goes through {@link reading}. */
  now(): Catalog {
    this.#look()
    return this.#catalog
  }

  /** A text that stays the same as long as nothing moved: what a tag of an answer is made of. */
  tag(): string {
    this.#look()
    return `${this.#run}.${this.#generation ?? ''}`
  }

  /** Reads what takes several turns. Nothing is brought up to date meanwhile. */
  async reading<T>(work: (catalog: Catalog) => Promise<T>): Promise<T> {
    const catalog = this.now()
    this.#readers++
    try {
      return await work(catalog)
    } finally {
      this.#readers--
    }
  }

  /** Calls back whenever something may have moved, for as long as somebody wants to know. @returns what ends it */
  watch(moved: () => void): () => void {
    this.#listeners.add(moved)
    this.#timer ??= setTimeout(() => this.#tick(), shortestPause)
    return () => {
      this.#listeners.delete(moved)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  #tick(): void {
    this.#timer = undefined
    this.#look()
    if (this.#listeners.size === 0) return
    this.#timer = setTimeout(() => this.#tick(), Math.max(shortestPause, this.#nextLook - performance.now()))
  }

  /** Looks whether anything moved, unless that was done a moment ago. */
  #look(): void {
    const begin = performance.now()
    if (this.#readers > 0 || begin < this.#nextLook) return
    const generation = this.#catalog.generation()
    const moved = generation !== this.#generation
    const isFirst = this.#generation === undefined
    if (moved && !isFirst) this.#catalog.refresh()
    this.#generation = generation
    this.#nextLook = Number.POSITIVE_INFINITY
    try {
      // What they do counts: they look, too.
      if (moved && !isFirst) for (const listener of [...this.#listeners]) listener()
    } finally {
      const took = performance.now() - begin
      this.#nextLook = performance.now() + Math.max(shortestPause, took / share)
    }
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  close(): void {
    this.#stop()
    this.#listeners.clear()
    this.#catalog.close()
  }
}
