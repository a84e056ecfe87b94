import { OcvaultError, reasonOf } from '../base/errors.ts'
import { indexFolder } from '../search/index/cache-dir.ts'
import { dropIndex, type IndexStatus, indexable, indexStatus, pruneIndexes } from '../search/index/indexes.ts'
import { pack } from '../search/index/packing.ts'
import { type RefreshOptions, refresh } from '../search/index/refresh.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { Request } from './requests.ts'

/** Each store that can have an index, and what there is of it. */
export const indexesOf = (catalog: Catalog): readonly IndexStatus[] =>
  indexable(catalog.stores).map((store) => indexStatus(store, indexFolder(thisMachine())))

/** Deletes the indexes of all stores. */
export function dropIndexes(catalog: Catalog): void {
  for (const store of indexable(catalog.stores)) dropIndex(store, indexFolder(thisMachine()))
}

/**
 * Brings the index of every store up to date, and removes those of stores that are gone. What cannot be read is among the
 * catalog's problems.
 * @returns whether it came to its end: false after the signal
 * @throws OcvaultError `failed` when no index can be kept
 */
export async function refreshIndexes(
  catalog: Catalog,
  { rebuild = false }: Request<'index'>,
  watch: Pick<RefreshOptions, 'signal' | 'progress'> = {},
): Promise<boolean> {
  const folder = indexFolder(thisMachine())
  try {
    for (const store of indexable(catalog.stores)) {
      const { index, stale, problems } = await refresh(store, { folder, rebuild, thorough: true, ...watch })
      pack(index)
      index.close()
      catalog.note(store, problems)
      if (stale.size > 0) {
        const reason = 'another process writes it, or the disk is full'
        throw new OcvaultError('failed', `the index ${index.path} cannot be written: ${reason}`)
      }
    }
    pruneIndexes(folder)
    return true
  } catch (error) {
    if (watch.signal?.aborted) return false
    if (error instanceof OcvaultError) throw error
    throw new OcvaultError('failed', `no index can be kept in ${folder}: ${reasonOf(error)}`, { cause: error })
  }
}
