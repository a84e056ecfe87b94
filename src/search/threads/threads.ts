import { availableParallelism } from 'node:os'
import type * as threads from 'node:worker_threads'
import { type ErrorCode, OcvaultError } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Store, StoreKind } from '../../stores/store.ts'
import type { ReadItem } from '../index/read.ts'
import type { Task, TaskAnswer } from '../scan/task.ts'

/** What a thread is to read: for a task, or, without one, for the index. */
export interface Job {
  readonly kind: StoreKind
  readonly path: string
  readonly ids: readonly SessionID[]
  readonly task?: Task
}

export type Answer =
  /**
   * The texts of the items are in the buffer, which goes back when they were taken, to be used again: it is freed late, being no
   * part of a heap.
   */
  | { readonly type: 'items'; readonly items: readonly ReadItem[]; readonly buffer: ArrayBuffer }
  | TaskAnswer
  | { readonly type: 'done'; readonly problems: number }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }

/** How many messages a thread may be ahead of who takes them. */
export const ahead = 3

/** With fewer sessions a thread takes longer to start than they take to read. */
const worthThreads = 256

/** More threads wait for the disk and for one another. */
const mostThreads = 4

/**
 * How many threads are worth starting to read so many sessions of a store; 0 is to read them here. A thread opens OpenCode's own
 * layouts, and does not know an archive.
 */
export const threadsFor = ({ kind }: Store, sessions: number): number =>
  sessions < worthThreads || kind === 'archive' ? 0 : Math.min(mostThreads, availableParallelism())

/**
 * The young generation of a thread's heap: V8 would let it grow with what is read, and take much more memory for a tenth less
 * time.
 */
const youngGenerationMB = 12

/** Started from its source in development, from the bundle in the package. */
const script = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './search-worker.js', import.meta.url)

/**
 * What a thread answers, in order.
 * @throws OcvaultError as the thread did
 */
export async function* answersOf(
  store: Store,
  ids: readonly SessionID[],
  task?: Task,
): AsyncGenerator<Exclude<Answer, { type: 'failed' }>, void, void> {
  const job: Job = { kind: store.kind, path: store.path, ids, ...(task && { task }) }
  // Loaded with the first thread: most searches start none.
  const { Worker }: typeof threads = process.getBuiltinModule('node:worker_threads')
  const worker = new Worker(script, { workerData: job, resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMB } })
  const waiting: Answer[] = []
  let failure: unknown
  let ended = false
  let wake = () => {}
  worker.on('message', (answer: Answer) => {
    waiting.push(answer)
    wake()
  })
  worker.on('error', (error) => {
    failure = error
    wake()
  })
  worker.on('exit', () => {
    ended = true
    wake()
  })
  try {
    for (;;) {
      const answer = waiting.shift()
      if (answer) {
        if (answer.type === 'failed') throw new OcvaultError(answer.code, answer.message)
        yield answer
        if (answer.type === 'done') return
        if (answer.type === 'items') worker.postMessage(answer.buffer, [answer.buffer])
        else worker.postMessage(null)
      } else if (failure !== undefined) throw failure
      else if (ended) throw new OcvaultError('failed', `reading ${store.path} ended before its time`)
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    await worker.terminate()
  }
}
