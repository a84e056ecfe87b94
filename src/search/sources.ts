import type { SessionID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { FoundStore } from '../stores/catalog/discover.ts'
import type { Progress } from './index/fill.ts'
import { Lookup, type LookupOptions } from './index/lookup.ts'
import { type Refreshed, refresh } from './index/refresh.ts'
import { narrowed, needsText } from './narrowed.ts'
import type { SearchOptions } from './options.ts'
import type { Query } from './query.ts'
import { Scan } from './scan/scan.ts'
import { scopeOf, scopeOfFilter } from './scope.ts'
import type { Source } from './source.ts'

export interface OpenSource {
  readonly source: Source
  close(): void
}

/** What answers a query: the index of each store, and for what an index cannot tell, reading. */
export async function openSources(catalog: Catalog, query: Query, options: SearchOptions): Promise<OpenSource[]> {
  const followers = catalog.stores.length > 1 ? catalog.followers() : new Map<FoundStore, ReadonlySet<SessionID>>()
  const { here } = options
  const shared = {
    ...scopeOf(catalog, query, options),
    here: here ? scopeOfFilter({ project: here }) : null,
    links: catalog.links(),
  }
  const sources: OpenSource[] = []
  try {
    for (const found of catalog.stores) {
      const without = followers.get(found) ?? new Set<SessionID>()
      const refreshed = await indexOf(found, options)
      if (refreshed) catalog.note(found.store, refreshed.problems)
      sources.push(...sourcesOf(found, refreshed, query, { ...shared, without }, options))
    }
  } catch (error) {
    for (const { close } of sources) close()
    throw error
  }
  return sources
}

function sourcesOf(
  { store }: FoundStore,
  refreshed: Refreshed | null,
  query: Query,
  asked: LookupOptions,
  { signal, progress }: SearchOptions,
): OpenSource[] {
  const reading = (only?: ReadonlySet<SessionID>) => {
    const told = progress && !only ? { progress: (at: Progress) => progress('reading', at) } : {}
    return new Scan(store, query, { ...asked, ...(only && { only }), ...(signal && { signal }), ...told })
  }
  if (!refreshed) return [{ source: reading(), close: () => {} }]
  const { index, stale } = refreshed
  const close = () => index.close()
  try {
    index.hold()
    const current = { ...asked, without: new Set([...asked.without, ...stale]) }
    const lookupOf = (part: Query) => new Lookup(index, store, part, current)
    const source = needsText(query) ? narrowed(index, query, lookupOf, reading) : lookupOf(query)
    const scanned = stale.size > 0 ? [{ source: reading(stale), close: () => {} }] : []
    return [{ source, close }, ...scanned]
  } catch (error) {
    close()
    throw error
  }
}

/** The index of a store, up to date; null where none is kept. */
async function indexOf(
  { store }: FoundStore,
  { indexes, progress, unindexed, signal }: SearchOptions,
): Promise<Refreshed | null> {
  // A file of one session has been read by now.
  if (indexes === undefined || store.kind === 'export-file') return null
  try {
    const told = progress ? { progress: (at: Progress) => progress('indexing', at) } : {}
    return await refresh(store, { folder: indexes, ...told, ...(signal && { signal }) })
  } catch (error) {
    signal?.throwIfAborted()
    unindexed?.(store.path, error)
    return null
  }
}
