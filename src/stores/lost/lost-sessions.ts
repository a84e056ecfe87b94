import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { SqlValue } from '../../sqlite/port.ts'
import { type Catalog, openCatalog } from '../catalog/catalog.ts'
import type { Store } from '../store.ts'
import { type Evidence, evidenceIn } from './evidence.ts'
import { LostRows } from './lost-rows.ts'
import { tablesOfLost } from './salvage-tables.ts'
import { searchPages } from './search-pages.ts'
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
  /** Sessions that the database still has. */
  readonly there: ReadonlySet<SessionID>
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
export function findLost(path: string, { there, pages, known, onProgress }: Search): LostSessions | undefined {
  const tables = tablesOfLost(path)
  if (tables.tables.length === 0) return undefined
  const search = { without: there, ...(onProgress && { onProgress }) }
  const rows = pages ? searchPages(path, tables, search) : new LostRows(tables.tables)
  const inPages = rows.sessions()
  for (const { table, values } of known) {
    const session = values.get(table.startsWith('session') && !values.has('session_id') ? 'id' : 'session_id')
    if (typeof session === 'string' && !there.has(session)) rows.addKnown(table, values)
  }
  const elsewhere = new Set([...rows.sessions()].filter((id) => !inPages.has(id)))
  rows.trim(tables.stated)
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
