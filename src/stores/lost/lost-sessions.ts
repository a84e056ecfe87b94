import type { MessageID, SessionID } from '../../opencode/ids.ts'
import { Database } from '../../sqlite/database.ts'
import type { SqlValue } from '../../sqlite/port.ts'
import { type Catalog, openCatalog } from '../catalog/catalog.ts'
import type { Store } from '../store.ts'
import { type Evidence, evidenceIn } from './evidence.ts'
import { LostRows } from './lost-rows.ts'
import { searchPages } from './search-pages.ts'
import { tablesOf } from './tables.ts'
import { type Missing, missingIn, nothingMissing } from './wholeness.ts'

/** Sessions that a database does not have any more, read from its pages as from any other store. */
export interface LostSessions {
  readonly catalog: Catalog
  /** What a session is known to lack; all is null, empty or 0 where nothing tells that it is not whole. */
  missing(id: SessionID): Missing
  /** Sessions of which the pages have nothing, but other rows. */
  readonly elsewhere: ReadonlySet<SessionID>
  /** Deletes what was written down of them. */
  close(): void
}

interface Search {
  /** Whether the pages of the database are looked through. */
  readonly pages: boolean
  /** Rows that are known from elsewhere. */
  readonly known: Iterable<{ readonly table: string; readonly values: ReadonlyMap<string, SqlValue> }>
  readonly onProgress?: (done: number, pages: number) => void
}

/**
 * Finds sessions in the pages of a database that SQLite has freed, in gaps of pages, and in older frames of its log; and
 * in rows that somebody has kept.
 * @returns undefined where there are none
 * @throws OcvaultError `failed` when the database cannot be read
 */
export function findLost(path: string, { pages, known, onProgress }: Search): LostSessions | undefined {
  const db = new Database(path)
  const tables = tablesOf(db)
  const names = tables.map(({ table }) => table).filter((table) => table === 'session' || table === 'session_v2')
  const there = names.flatMap((table) => db.all(`SELECT id FROM ${table}`).map(({ id }) => String(id)))
  db.close()
  if (tables.length === 0) return undefined
  const without = new Set(there)
  const rows = pages ? searchPages(path, tables, { without, ...(onProgress && { onProgress }) }) : new LostRows(tables)
  const inPages = rows.sessions()
  for (const { table, values } of known) {
    const session = values.get(table.startsWith('session') && !values.has('session_id') ? 'id' : 'session_id')
    if (typeof session === 'string' && !without.has(session)) rows.addKnown(table, values)
  }
  const elsewhere = new Set([...rows.sessions()].filter((id) => !inPages.has(id)))
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
    return { catalog, missing: (id) => missingOf(stores, id, evidence), elsewhere, close }
  } catch (error) {
    close()
    throw error
  }
}

function missingOf(stores: readonly Store[], id: SessionID, evidence: Evidence): Missing {
  const store = stores.find((each) => each.session(id) !== undefined)
  return store ? missingIn(store, id, evidence) : { ...nothingMissing, record: true }
}
