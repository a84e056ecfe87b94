import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { removeAbandoned } from '../../base/temporary.ts'
import { databaseBytes, removeDatabase } from '../../sqlite/database-files.ts'
import { openConnection } from '../../sqlite/open.ts'
import type { FoundStore } from '../../stores/catalog/discover.ts'
import type { Store } from '../../stores/store.ts'
import { figuresPath, indexPath } from './cache-dir.ts'
import { IndexFile } from './index-file.ts'

/** The index of a store, as it stands. */
export interface IndexStatus {
  readonly store: Store
  /** Where it is, or would be. */
  readonly path: string
  /** Null without an index. */
  readonly sessions: number | null
  readonly bytes: number
  /** Whether nothing can have changed in the store since; false also where only looking at every session can tell. */
  readonly fresh: boolean
}

/** Whether a store is searched through an index: a file is read when it is opened, and what is encrypted stays so. */
export const isIndexed = ({ kind, isPrivate }: Store): boolean => kind !== 'export-file' && isPrivate !== true

/** The stores that are searched through an index. */
export const indexable = (stores: readonly FoundStore[]): Store[] => stores.map(({ store }) => store).filter(isIndexed)

export function indexStatus(store: Store, folder: string): IndexStatus {
  const path = indexPath(folder, store)
  const index = IndexFile.open(path, store)
  if (!index) return { store, path, sessions: null, bytes: existsSync(path) ? databaseBytes(path) : 0, fresh: false }
  try {
    const stamp = store.stamp()
    return {
      store,
      path,
      sessions: index.marks().size,
      bytes: databaseBytes(path),
      fresh: stamp !== null && index.meta.text('stamp') === stamp,
    }
  } finally {
    index.close()
  }
}

/** Deletes the index of a store, and the figures beside it; false when there was none. */
export function dropIndex(store: Store, folder: string): boolean {
  const path = indexPath(folder, store)
  removeDatabase(figuresPath(folder, store))
  if (!existsSync(path)) return false
  removeDatabase(path)
  return true
}

/** Deletes the indexes of stores that are gone, and what killed builds left behind. */
export function pruneIndexes(folder: string): void {
  removeAbandoned(folder, () => true)
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name)
    if (name.endsWith('.sqlite') && !existsSync(storePathOf(path) ?? folder)) removeDatabase(path)
  }
}

/** The path of the store that an index is of; null when it cannot be told. */
function storePathOf(path: string): string | null {
  try {
    const db = openConnection(path, { readOnly: true })
    const name = String(db.prepared("SELECT value FROM meta WHERE key = 'store'").get()?.value)
    db.close()
    return name.slice(name.indexOf(' ') + 1)
  } catch {
    return null
  }
}
