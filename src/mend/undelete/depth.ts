import type { SessionID } from '../../opencode/ids.ts'
import type { Amount, Depth } from '../../render/facts/where-report.ts'
import { type Catalog, openCatalog } from '../../stores/catalog/catalog.ts'
import { findLost } from '../../stores/lost/lost-sessions.ts'
import { forgetSalvaged, salvaged } from '../../stores/lost/salvaged.ts'
import { isWhole, type Missing, missingInSalvaged } from '../../stores/lost/wholeness.ts'
import type { Store } from '../../stores/store.ts'

const nothing: Amount = { sessions: 0, wholeSessions: 0, messages: 0, wholeMessages: 0, parts: 0 }

/**
 * Looks through every page of every database, for what it has, and for what it could give. One that turns out to be damaged is
 * dug through: where that gives more than reading it, it is read from its pages from now on.
 */
export function lookDeep(catalog: Catalog): Depth[] {
  const damaged = new Set(catalog.check().map(({ path }) => path))
  const databases = Map.groupBy(
    catalog.stores.map(({ store }) => store).filter(({ kind }) => kind.startsWith('sqlite-')),
    ({ path }) => path,
  )
  return [...databases].map(([path, stores]) => depthOf(path, stores, damaged.has(path)))
}

function depthOf(path: string, stores: readonly Store[], isDamaged: boolean): Depth {
  const there = new Set(stores.flatMap((store) => idsIn(store)))
  const isSalvaged = stores.some(({ salvaged: isSet }) => isSet !== undefined)
  const own = amountIn(stores, missingInSalvaged)
  const more = isDamaged && !isSalvaged ? digFor(path, own) : undefined
  const lost = findLost(path, { there, pages: true, known: [] })
  try {
    const freed = lost
      ? amountIn(
          lost.catalog.stores.map(({ store }) => store),
          (_store, id) => lost.missing(id),
        )
      : nothing
    return { path, damaged: more ? 'more from now on' : isSalvaged ? 'yes' : 'no', live: more ?? own, freed }
  } finally {
    lost?.close()
  }
}

const idsIn = (store: Store): SessionID[] => Array.from(store.sessions(), ({ id }) => id)

/** @param missing what a session lacks; undefined where it is of a sound database */
function amountIn(stores: readonly Store[], missing: (store: Store, id: SessionID) => Missing | undefined): Amount {
  let { sessions, wholeSessions, messages, wholeMessages, parts } = nothing
  for (const store of stores) {
    for (const id of idsIn(store)) {
      const lacks = missing(store, id)
      let own = 0
      for (const message of store.messages(id)) {
        own++
        parts += message.parts.length
      }
      sessions++
      if (!lacks || isWhole(lacks)) wholeSessions++
      messages += own
      wholeMessages += own - (lacks?.damaged.length ?? 0)
    }
  }
  return { sessions, wholeSessions, messages, wholeMessages, parts }
}

/** What is left in the pages of a damaged database, if that is more than SQLite gives, and stays for the next time. */
function digFor(path: string, own: Amount): Amount | undefined {
  const found = salvaged(path)
  found?.close()
  if (!found?.isKept) return undefined
  const catalog = openCatalog({ roots: [path] })
  try {
    const stores = catalog.stores.map(({ store }) => store)
    const all = amountIn(stores, missingInSalvaged)
    if (all.sessions + all.messages + all.parts > own.sessions + own.messages + own.parts) return all
  } finally {
    catalog.close()
  }
  forgetSalvaged(path)
  return undefined
}
