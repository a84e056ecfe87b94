import { Worker } from 'node:worker_threads'
import type { Request } from '../api/requests.ts'
import { type ErrorCode, OcvaultError } from '../base/errors.ts'
import type { DoctorReport } from '../mend/doctor/doctor.ts'
import type { resultJSON } from '../render/json/search-json.ts'
import type { StatsOverview } from '../stats/answers.ts'

/** Questions that take long, what they are asked with, and what they are answered. */
export interface Questions {
  search: {
    readonly asked: Request<'search'>
    readonly answer: { readonly results: readonly ReturnType<typeof resultJSON>[]; readonly suggestion: string | null }
  }
  stats: { readonly asked: Request<'stats'>; readonly answer: StatsOverview }
  doctor: { readonly asked: { readonly isMachine: boolean }; readonly answer: DoctorReport }
}

/** What a desk sends to its thread: a question, or the number of one whose answer nobody wants any more. */
export type Sent =
  | {
      readonly [K in keyof Questions]: { readonly number: number; readonly question: K; readonly asked: Questions[K]['asked'] }
    }[keyof Questions]
  | { readonly number: number; readonly question: 'never-mind' }

/** What comes back. */
export type Returned =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly failed: { readonly code: ErrorCode | null; readonly message: string } }

/** Without a question for so long, in ms, a thread is ended: it keeps much, and the next one is there in a moment. */
const restMs = 300_000

/**
 * Where the process has more memory than this, in bytes, its threads rest no longer than so many ms: what SQLite and V8 took for
 * a search that had much to weigh is given back with the thread alone.
 */
const crowded = 230e6
const crowdedRestMs = 1500

/** Started from its source in development, from the bundle in the package. */
const script = new URL(import.meta.url.endsWith('.ts') ? './desk-worker.ts' : './serve-worker.js', import.meta.url)

interface Waiting {
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/**
 * Answers what takes long in a thread with a catalog of its own, so that pages are there meanwhile. The thread is started with
 * the first question, and once more when it has died or was ended because nobody asked.
 */
export class Desk {
  readonly #roots: readonly string[]
  readonly #restMs: number
  readonly #waiting = new Map<number, Waiting>()
  #rest: NodeJS.Timeout | undefined
  #worker: Worker | undefined
  #count = 0

  constructor(roots: readonly string[], rest = restMs) {
    this.#roots = roots
    this.#restMs = rest
  }

  /** Whether a thread is there. */
  get isRunning(): boolean {
    return this.#worker !== undefined
  }

  /**
   * @param signal ends it: the answer is then what the signal was aborted with
   * @throws OcvaultError as the question does
   */
  async ask<K extends keyof Questions>(
    question: K,
    asked: Questions[K]['asked'],
    signal?: AbortSignal,
  ): Promise<Questions[K]['answer']> {
    signal?.throwIfAborted()
    clearTimeout(this.#rest)
    const number = ++this.#count
    const worker = this.#thread()
    const forget = () => {
      worker.postMessage({ number, question: 'never-mind' } satisfies Sent)
      this.#waiting.get(number)?.reject(signal?.reason)
      this.#waiting.delete(number)
    }
    signal?.addEventListener('abort', forget, { once: true })
    try {
      return (await new Promise<unknown>((resolve, reject) => {
        this.#waiting.set(number, { resolve, reject })
        worker.postMessage({ number, question, asked } as Sent)
      })) as Questions[K]['answer']
    } finally {
      signal?.removeEventListener('abort', forget)
      clearTimeout(this.#rest)
      this.#rest = setTimeout(() => this.#waiting.size === 0 && void this.close(), this.#patience()).unref()
    }
  }

  /** How long a thread may rest, in ms. */
  #patience(): number {
    return process.memoryUsage.rss() > crowded ? Math.min(this.#restMs, crowdedRestMs) : this.#restMs
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(script, { workerData: this.#roots })
    this.#worker = worker
    worker.on('message', (returned: Returned) => this.#take(returned))
    worker.on('error', (error) => this.#lost(worker, error))
    worker.on('exit', () => this.#lost(worker, new OcvaultError('failed', 'the thread that answers has ended')))
    return worker
  }

  #take(returned: Returned): void {
    const waiting = this.#waiting.get(returned.number)
    this.#waiting.delete(returned.number)
    if ('answer' in returned) {
      waiting?.resolve(returned.answer)
      return
    }
    const { code, message } = returned.failed
    waiting?.reject(code === null ? new Error(message) : new OcvaultError(code, message))
  }

  #lost(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  async close(): Promise<void> {
    clearTimeout(this.#rest)
    const worker = this.#worker
    this.#worker = undefined
    this.#waiting.clear()
    await worker?.terminate()
  }
}
