import { setImmediate } from 'node:timers/promises'
import { keepMemoryLow } from '../../base/low-memory.ts'
import { nameOfProblem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { answersOf, threadsFor } from '../threads/threads.ts'
import type { IndexFile } from './index-file.ts'
import { ItemWriter, readItems } from './read.ts'

/** How many sessions are read between two looks at the clock. */
const pauseEvery = 64

/** How far a build is. */
export interface Progress {
  readonly done: number
  readonly sessions: number
}

export interface FillOptions {
  readonly progress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** Reads sessions into the index. */
export async function fill(
  index: IndexFile,
  store: Store,
  ids: readonly SessionID[],
  { progress, signal }: FillOptions,
): Promise<void> {
  const writer = new ItemWriter(index)
  const pause = async () => {
    progress?.({ done: writer.done, sessions: ids.length })
    await setImmediate()
    signal?.throwIfAborted()
  }
  await pause()
  if (threadsFor(store, ids.length) > 1) {
    keepMemoryLow()
    // One thread reads and cuts, this one writes: the order is that of the sessions.
    for await (const answer of answersOf(store, ids)) {
      if (answer.type === 'items') for (const item of answer.items) writer.write(item)
      await pause()
    }
  } else {
    for (const item of readItems(store, ids)) {
      writer.write(item)
      if (item.type === 'end' && writer.done % pauseEvery === 0) await pause()
    }
  }
  await pause()
}

/** A state of a store, in what it tells of that itself. */
export interface StoreState {
  readonly stamp: string | null
  readonly pulse: string | null
  readonly cursor: string
}

/** Notes until which state of the store the index is complete, and what of the store could not be read besides sessions. */
export function settle(index: IndexFile, store: Store, { stamp, pulse, cursor }: StoreState, isChecked: boolean): void {
  index.meta.set('stamp', stamp ?? '')
  index.meta.set('pulse', pulse ?? '')
  index.meta.set('cursor', cursor)
  index.meta.set('unchecked', isChecked ? '0' : '1')
  const ofSessions = new Set([...index.problemsBySession().values()].flat().map(nameOfProblem))
  const others = store.problems().filter((problem) => !ofSessions.has(nameOfProblem(problem)))
  index.meta.set('problems', JSON.stringify(others))
  if (isChecked) index.meta.set('checked', Date.now())
}
