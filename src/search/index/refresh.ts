import { setTimeout } from 'node:timers/promises'
import type { Problem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { build } from './build.ts'
import { indexPath } from './cache-dir.ts'
import { IndexFile } from './index-file.ts'
import { isCheckDue, isDamage, type UpdateOptions, update } from './update.ts'

export interface RefreshOptions extends UpdateOptions {
  /** The folder that indexes are kept in. */
  readonly folder: string
  /** Makes the index anew. */
  readonly rebuild?: boolean
}

/** An index, and the sessions about which it is out of date: they changed or are gone, and it could not be written. */
export interface Refreshed {
  readonly index: IndexFile
  readonly stale: ReadonlySet<SessionID>
  /** What of the store could not be read when it was read for the index. */
  readonly problems: readonly Problem[]
  /** Whether all rows should be compared when nobody waits: then this is asked again, `thorough`. */
  readonly isCheckDue: boolean
}

/** How often an index that was just made is looked for, and how long between two looks. */
const looks = 8
const betweenLooksMs = 25

/**
 * Brings the index of a store up to date, making it where there is none.
 * @throws whatever keeps a new index from being written (a full disk, a folder without permission); the store is then searched
 *   without one
 */
export async function refresh(store: Store, options: RefreshOptions): Promise<Refreshed> {
  const path = indexPath(options.folder, store)
  const refreshed = options.rebuild ? null : await openUpdated(path, store, options, true)
  if (refreshed) return refreshed
  await build(path, store, options)
  // Another process that has made one, too, may be putting it in the place of ours at this moment; and it may have begun before
  // us.
  for (let attempt = 0; attempt < looks; attempt++) {
    if (attempt > 0) await setTimeout(betweenLooksMs)
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
    if (stale !== 'rebuild') return { index, stale, problems: index.problems(), isCheckDue: isCheckDue(index) }
  } catch (error) {
    index.close()
    if (!isDamage(error)) throw error
  }
  index.close()
  return null
}
