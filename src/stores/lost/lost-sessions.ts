import type { MessageID, SessionID } from '../../opencode/ids.ts'
import { Database } from '../../sqlite/database.ts'
import { type Catalog, openCatalog } from '../catalog/catalog.ts'
import type { Store } from '../store.ts'
import { type Evidence, evidenceIn } from './evidence.ts'
import { searchPages } from './search-pages.ts'
import { tablesOf } from './tables.ts'
import { type Missing, missingIn, nothingMissing } from './wholeness.ts'

/** Sessions that a database does not have any more, read from its pages as from any other store. */
export interface LostSessions {
  readonly catalog: Catalog
  /** What a session is known to lack; all is null, empty or 0 where nothing tells that it is not whole. */
  missing(id: SessionID): Missing
  /** Deletes what was written down of them. */
  close(): void
}

/**
 * Finds sessions in the pages of a database that SQLite has freed, in gaps of pages, and in older frames of its log.
 * @returns undefined where there are none
 * @throws OcvaultError `failed` when the database cannot be read
 */
export function findLost(path: string, onProgress?: (done: number, pages: number) => void): LostSessions | undefined {
  const db = new Database(path)
  const tables = tablesOf(db)
  const names = tables.map(({ table }) => table).filter((table) => table === 'session' || table === 'session_v2')
  const there = names.flatMap((table) => db.all(`SELECT id FROM ${table}`).map(({ id }) => String(id)))
  db.close()
  if (tables.length === 0) return undefined
  const rows = searchPages(path, tables, { without: new Set(there), ...(onProgress && { onProgress }) })
  rows.finish()
  const catalog = openCatalog({ roots: [rows.path] })
  const close = () => {
    catalog.close()
    rows.remove()
  }
  try {
    const stores = catalog.stores.map(({ store }) => store)
    const ids = new Set(stores.flatMap((store) => Array.from(store.sessions(), (header) => header.id)))
    if (ids.size === 0) {
      close()
      return undefined
    }
    const messages = new Set<MessageID>()
    for (const store of stores)
      for (const id of store.sessions()) for (const message of store.messages(id.id, { parts: false })) messages.add(message.id)
    const evidence = evidenceIn(path, ids, messages)
    return { catalog, missing: (id) => missingOf(stores, id, evidence), close }
  } catch (error) {
    close()
    throw error
  }
}

function missingOf(stores: readonly Store[], id: SessionID, evidence: Evidence): Missing {
  const store = stores.find((each) => each.session(id) !== undefined)
  return store ? missingIn(store, id, evidence) : { ...nothingMissing, record: true }
}
