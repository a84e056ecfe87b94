import { setImmediate } from 'node:timers/promises'
import { keepMemoryLow } from '../../base/low-memory.ts'
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

/** Reads sessions into the index; false when one of them could not be read whole. */
export async function fill(
  index: IndexFile,
  store: Store,
  ids: readonly SessionID[],
  { progress, signal }: FillOptions,
): Promise<boolean> {
  const writer = new ItemWriter(index)
  const pause = async () => {
    progress?.({ done: writer.done, sessions: ids.length })
    await setImmediate()
    signal?.throwIfAborted()
  }
  await pause()
  if (threadsFor(ids.length) > 1) {
    keepMemoryLow()
    // One thread reads and cuts, this one writes: the order is that of the sessions.
    for await (const answer of answersOf(store, ids)) {
      if (answer.type === 'items') for (const item of answer.items) writer.write(item)
      await pause()
    }
    // What the thread could not read is named by the store that everybody asks.
    for (const id of writer.broken) for (const _ of store.messages(id));
  } else {
    for (const item of readItems(store, ids)) {
      writer.write(item)
      if (item.type === 'end' && writer.done % pauseEvery === 0) await pause()
    }
  }
  await pause()
  return writer.broken.length === 0
}

/** Notes until which state of the store the index is complete. */
export function settle(index: IndexFile, stamp: string | null, cursor: string, tookMs?: number): void {
  index.meta.set('stamp', stamp ?? '')
  index.meta.set('cursor', cursor)
  if (tookMs !== undefined) index.meta.set('checked', JSON.stringify([Date.now(), tookMs]))
}
