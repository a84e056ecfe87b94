import type { Search } from './search.ts'

/** So long nothing must have been asked. */
const restMs = 20_000

/**
 * For what lives on and is asked again and again: what searches put off is done when nothing was asked for a while, and given up
 * at once when something is.
 */
export class Aftercare {
  readonly #restMs: number
  #asking = 0
  #wanted: Search | undefined
  #timer: NodeJS.Timeout | undefined
  #stop: AbortController | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(rest = restMs) {
    this.#restMs = rest
  }

  /** Answers a question, of which nothing that was put off is in the way. @throws what the answer throws */
  async question<T>(answer: () => Promise<T>): Promise<T> {
    this.#asking++
    try {
      await this.#giveUp()
      return await answer()
    } finally {
      if (--this.#asking === 0 && this.#wanted) this.#timer = setTimeout(() => this.#run(), this.#restMs).unref()
    }
  }

  /** Called by an answer: what this search puts off is to be done. What the ones before put off is the same. */
  after(search: Search): void {
    this.#wanted = search
  }

  async close(): Promise<void> {
    this.#wanted = undefined
    await this.#giveUp()
  }

  #run(): void {
    const wanted = this.#wanted
    const stop = new AbortController()
    this.#wanted = undefined
    this.#stop = stop
    this.#running = (async () => {
      await wanted?.afterwards(stop.signal)
      if (stop.signal.aborted) this.#wanted ??= wanted
    })().catch(() => {})
  }

  async #giveUp(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stop?.abort()
    await this.#running
  }
}
