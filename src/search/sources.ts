import type { SessionID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { FoundStore } from '../stores/catalog/discover.ts'
import type { Store } from '../stores/store.ts'
import type { NearAsked } from './close/near-words.ts'
import type { Progress } from './index/fill.ts'
import { IndexSurveyor } from './index/index-surveyor.ts'
import { isIndexed } from './index/indexes.ts'
import { Lookup, type LookupOptions } from './index/lookup.ts'
import { nearWordsIn } from './index/near-words-in.ts'
import { isSparse } from './index/packing.ts'
import { type Refreshed, refresh } from './index/refresh.ts'
import { type Selection, type SelectionOptions, selectionIn } from './index/selection.ts'
import { narrowed, needsText } from './narrowed.ts'
import type { SearchOptions } from './options.ts'
import { emptyQuery, type Query } from './query.ts'
import type { Surveyor } from './related/survey.ts'
import { Scan } from './scan/scan.ts'
import { scopeOf, scopeOfFilter } from './scope.ts'
import type { Source } from './source.ts'

/** Which sessions meet what else is asked of them; `only` is null where nothing is. */
export interface Conditions {
  readonly only: ReadonlySet<SessionID> | null
  readonly without: ReadonlySet<SessionID>
}

/** The stores of a catalog, held as they are, and asked as often as an answer needs it. */
export interface OpenStores {
  /** What answers a query: the index of each store, and for what an index cannot tell, reading. */
  sourcesOf(query: Query): Source[]
  /** What tells how sessions use words of which none has to be there. */
  surveyorsOf(query: Query, conditions: Conditions): Surveyor[]
  /** Words of the stores that are near to some words; perhaps more than the sessions in scope hold. */
  near(asked: NearAsked): Promise<ReadonlySet<string>>
  close(): void
}

/** @param query that says which sessions are in scope: what is asked then may differ in its words, but not in this */
export async function openStores(catalog: Catalog, query: Query, options: SearchOptions): Promise<OpenStores> {
  const followers = catalog.stores.length > 1 ? catalog.followers() : new Map<FoundStore, ReadonlySet<SessionID>>()
  const { here } = options
  const shared = {
    ...scopeOf(catalog, query, options),
    here: here ? scopeOfFilter({ project: here }) : null,
    links: catalog.links(),
  }
  const open: OpenStore[] = []
  const close = () => {
    for (const { indexed } of open) indexed?.index.close()
  }
  try {
    for (const found of catalog.stores) {
      const without = followers.get(found) ?? new Set<SessionID>()
      const refreshed = await indexOf(found, options)
      const asked = { ...shared, without }
      open.push({ store: found.store, asked, indexed: refreshed && { ...refreshed, options: lookupOptions(refreshed, asked) } })
      if (!refreshed) continue
      catalog.note(found.store, refreshed.problems)
      if (refreshed.isCheckDue || isSparse(refreshed.index)) options.checkDue?.(found.store)
      refreshed.index.hold()
    }
  } catch (error) {
    close()
    throw error
  }
  return {
    sourcesOf: (one) => open.flatMap((store) => sourcesOf(store, one, options)),
    surveyorsOf: (one, conditions) => open.flatMap((store) => surveyorsOf(store, one, conditions, options)),
    near: async (asked) =>
      new Set((await Promise.all(open.map((store) => nearIn(store, asked, options)))).flatMap((some) => [...some])),
    close,
  }
}

interface OpenStore {
  readonly store: Store
  readonly asked: Asked
  /** Null where it is read without an index. */
  readonly indexed: (Refreshed & { readonly options: LookupOptions }) | null
}

type Asked = SelectionOptions & Pick<LookupOptions, 'links'>

/** Reads a store instead of asking its index. */
function scanOf(
  { store, asked }: OpenStore,
  query: Query,
  { signal, progress }: SearchOptions,
  only?: ReadonlySet<SessionID>,
): Scan {
  const told = progress && !only ? { progress: (at: Progress) => progress('reading', at) } : {}
  return new Scan(store, query, { ...asked, ...(only && { only }), ...(signal && { signal }), ...told })
}

/** What an index is asked about: nothing of which it is out of date. Which sessions that are is found once for all tiers. */
function lookupOptions({ index, stale }: Refreshed, asked: Asked): LookupOptions {
  const without = stale.size > 0 ? new Set([...asked.without, ...stale]) : asked.without
  let selection: Selection | undefined
  return {
    links: asked.links,
    selection: () => {
      selection ??= selectionIn(index.directory(), { ...asked, without })
      return selection
    },
  }
}

function sourcesOf(open: OpenStore, query: Query, options: SearchOptions): Source[] {
  const { store, indexed } = open
  if (!indexed) return [scanOf(open, query, options)]
  const { index, stale } = indexed
  const lookupOf = (part: Query) => new Lookup(index, store, part, indexed.options)
  const reading = (only?: ReadonlySet<SessionID>) => scanOf(open, query, options, only)
  const source = needsText(query) ? narrowed(index, query, lookupOf, reading) : lookupOf(query)
  return stale.size > 0 ? [source, reading(stale)] : [source]
}

function surveyorsOf(open: OpenStore, query: Query, { only, without }: Conditions, options: SearchOptions): Surveyor[] {
  const { scope } = open.asked
  const asked: Asked = {
    ...open.asked,
    ...(only && { scope: (session) => only.has(session.id) && scope(session), everything: false }),
    without: without.size > 0 ? new Set([...open.asked.without, ...without]) : open.asked.without,
  }
  const narrower = { ...open, asked }
  const { store, indexed } = open
  if (!indexed) return [scanOf(narrower, query, options)]
  const { index, stale } = indexed
  const isNarrower = only !== null || without.size > 0
  const looked = new IndexSurveyor(index, store, query, isNarrower ? lookupOptions(indexed, asked) : indexed.options)
  return stale.size > 0 ? [looked, scanOf(narrower, query, options, stale)] : [looked]
}

async function nearIn(open: OpenStore, asked: NearAsked, options: SearchOptions): Promise<ReadonlySet<string>> {
  const { indexed } = open
  if (!indexed) return scanOf(open, emptyQuery, options).near(asked)
  const { index, stale } = indexed
  const known = nearWordsIn(index, asked)
  return stale.size > 0 ? new Set([...known, ...(await scanOf(open, emptyQuery, options, stale).near(asked))]) : known
}

/** The index of a store, up to date; null where none is kept. */
async function indexOf(
  { store }: FoundStore,
  { indexes, progress, unindexed, signal }: SearchOptions,
): Promise<Refreshed | null> {
  if (indexes === undefined || !isIndexed(store)) return null
  try {
    const told = progress ? { progress: (at: Progress) => progress('indexing', at) } : {}
    return await refresh(store, { folder: indexes, ...told, ...(signal && { signal }) })
  } catch (error) {
    signal?.throwIfAborted()
    unindexed?.(store.path, error)
    return null
  }
}
