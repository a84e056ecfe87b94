import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { keepMemoryLow } from '../../base/low-memory.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { answersOf, threadsFor } from '../threads/threads.ts'
import { DamagedIndex, IndexFile, nameOf, removeDatabase } from './index-file.ts'
import { ItemWriter, readItems } from './read.ts'

/** How many sessions are read between two looks at the clock. */
const pauseEvery = 64

/** How far a build is. */
export interface Progress {
  readonly done: number
  readonly sessions: number
}

export interface RefreshOptions {
  /** The folder that indexes are kept in. */
  readonly folder: string
  /** Makes the index anew. */
  readonly rebuild?: boolean
  readonly progress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** An index, and the sessions about which it is out of date: they changed or are gone, and it could not be written. */
export interface Refreshed {
  readonly index: IndexFile
  readonly stale: ReadonlySet<SessionID>
}

/** A check of every row is done at every search while it takes no longer than this, in ms; else now and then, in ms. */
const shortCheck = 80
const checkEvery = 600_000

/** How often an index that was just made is looked for, and how long between two looks, in ms. */
const looks = 8
const betweenLooks = 25

/** Where the index of a store is kept: named so that a person can tell them apart. */
export function indexPath(folder: string, store: Store): string {
  const readable = store.path
    .split(/[\\/]/)
    .slice(-2)
    .join('-')
    .replace(/[^\w.-]+/g, '_')
    .slice(-40)
  return join(folder, `${readable}-${store.kind}-${fingerprint(nameOf(store))}.sqlite`)
}

/** 52 bits that differ for different texts, as good as always (FNV-1a, twice); an index also says whose it is. */
function fingerprint(text: string): string {
  const hash = (seed: number) => {
    let value = seed
    for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
    return (value >>> 0).toString(16).padStart(8, '0')
  }
  return hash(0x811c9dc5) + hash(0x9747b28c)
}

/**
 * Brings the index of a store up to date, making it where there is none.
 * @throws whatever keeps a new index from being written (a full disk, a folder without permission); the store is then searched without one
 */
export async function refresh(store: Store, options: RefreshOptions): Promise<Refreshed> {
  const path = indexPath(options.folder, store)
  const refreshed = options.rebuild ? null : await openUpdated(path, store, options, true)
  if (refreshed) return refreshed
  await build(path, store, options)
  // Another process that has made one, too, may be putting it in the place of ours at this moment; and it may have begun before us.
  for (let attempt = 0; attempt < looks; attempt++) {
    if (attempt > 0) await setTimeout(betweenLooks)
    const built = await openUpdated(path, store, options, false)
    if (built) return built
  }
  throw new Error(`the index ${path} cannot be read back`)
}

/**
 * The index that is there, up to date; null when there is none that can be used.
 * @param mayRebuild then also null when so much changed that it is better made anew
 */
async function openUpdated(path: string, store: Store, options: RefreshOptions, mayRebuild: boolean): Promise<Refreshed | null> {
  const index = IndexFile.open(path, store)
  if (!index) return null
  try {
    const stale = await update(index, store, options, mayRebuild)
    if (stale !== 'most') return { index, stale }
  } catch (error) {
    index.close()
    if (!isDamage(error)) throw error
  }
  index.close()
  return null
}

/** What SQLite says of a database that is damaged, that is none, or that lacks a table. */
function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode
  return error instanceof DamagedIndex || (typeof code === 'number' && [1, 11, 26].includes(code & 0xff))
}

async function build(path: string, store: Store, options: RefreshOptions): Promise<void> {
  // The name of a file that a killed build left behind says whose it was; it is made anew by whoever has that number next.
  const making = `${path}.${process.pid}`
  const stamp = store.stamp()
  const { cursor } = store.added(null)
  const index = IndexFile.create(making, store)
  try {
    const ids: SessionID[] = []
    for (const { id } of store.sessions()) ids.push(id)
    // Oldest first: what was added last is looked at first.
    ids.reverse()
    const whole = await fill(index, store, ids, options)
    settle(index, whole ? stamp : null, cursor)
    index.finish()
    removeDatabase(path)
    renameSync(making, path)
  } catch (error) {
    index.close()
    removeDatabase(making)
    throw error
  }
}

/** Notes until which state of the store the index is complete. */
function settle(index: IndexFile, stamp: string | null, cursor: string, took?: number): void {
  index.setMeta('stamp', stamp ?? '')
  index.setMeta('cursor', cursor)
  if (took !== undefined) index.setMeta('checked', JSON.stringify([Date.now(), took]))
}

/** Reads sessions into the index; false when one of them could not be read whole. */
async function fill(
  index: IndexFile,
  store: Store,
  ids: readonly SessionID[],
  { progress, signal }: RefreshOptions,
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

/** Updates an index; gives the sessions that it could not update, or `most` when it may be made anew, and so much changed that this is better. */
async function update(
  index: IndexFile,
  store: Store,
  options: RefreshOptions,
  mayRebuild: boolean,
): Promise<ReadonlySet<SessionID> | 'most'> {
  const stamp = store.stamp()
  if (stamp !== null && index.meta('stamp') === stamp) return new Set()
  const [checkedAt, took] = JSON.parse(index.meta('checked') ?? '[0,0]') as [number, number]
  const quick = took > shortCheck && Date.now() - checkedAt < checkEvery
  const start = performance.now()
  const marks = store.marks(quick)
  const checkTook = quick ? undefined : performance.now() - start
  const { sessions: added, cursor } = store.added(index.meta('cursor'))
  const known = index.marks()
  const differs = (mark: string, before: string | undefined) =>
    before === undefined || before === '' || (before !== mark && !(quick && before.startsWith(`${mark}|`)))
  const changed = [...marks].filter(([id, mark]) => differs(mark, known.get(id)) || added.has(id)).map(([id]) => id)
  const gone = [...known.keys()].filter((id) => !marks.has(id))
  if (mayRebuild && changed.length > 200 && changed.length > known.size / 2) return 'most'
  try {
    // Another process may be writing: what it writes will be what we would have.
    index.db.exec('BEGIN IMMEDIATE')
    try {
      for (const id of [...gone, ...changed]) index.remove(id)
      const whole = await fill(index, store, changed, options)
      if (changed.length + gone.length > 0) index.writeDirectory()
      settle(index, whole ? stamp : null, cursor, checkTook)
      index.db.exec('COMMIT')
    } catch (error) {
      if (index.db.isTransaction) index.db.exec('ROLLBACK')
      throw error
    }
  } catch (error) {
    if (isDamage(error) || options.signal?.aborted) throw error
    return new Set([...changed, ...gone])
  }
  return new Set()
}
