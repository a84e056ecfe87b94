import type { SessionID } from '../../opencode/ids.ts'
import { matches, sessionOrder } from '../filter.ts'
import type { SessionFilter, SessionHeader, SessionSort, StoreKind } from '../store.ts'
import type { FoundStore } from './discover.ts'
import { dearestFirst, withUsage } from './usage.ts'

/** A header, and the store that gave it. */
export interface Candidate {
  readonly header: SessionHeader
  readonly from: FoundStore
}

/** A store that has a session, and the `time.updated` that it has for it. */
export interface Holder {
  readonly found: FoundStore
  readonly updated: number
}

/** Ties between copies go to the newer generation. */
const rank: readonly StoreKind[] = ['sqlite-v2', 'sqlite-v1', 'json-tree', 'json-slug', 'home-folder', 'export-file', 'archive']

const leadingFirst = (a: Holder, b: Holder) =>
  b.updated - a.updated || rank.indexOf(a.found.store.kind) - rank.indexOf(b.found.store.kind)

/**
 * Sessions that are candidates under other conditions than the rest: what a store's own records say of them is not all there is
 * to say.
 */
interface Others {
  readonly ids: readonly SessionID[]
  readonly conditions: SessionFilter
}

/** Headers of all stores in one order; an id comes once for each of its copies that passes. */
export function* merged(
  stores: readonly FoundStore[],
  filter: SessionFilter,
  sort: SessionSort | undefined,
  others: Others,
): Iterable<Candidate> {
  const order = sessionOrder(sort)
  const known = new Set(others.ids)
  const heads = stores.flatMap((from) => {
    const { store } = from
    const inOrder = sort === 'cost' ? dearestFirst(store, filter) : store.sessions(sort ? { ...filter, sort } : filter)
    const own = Iterator.from(inOrder).filter(({ id }) => !known.has(id))
    const more = others.ids.length === 0 ? [] : store.headers(others.ids).filter((header) => matches(header, others.conditions))
    const told = sort === 'cost' ? withUsage(store, more) : more
    return [own, told.sort(order)[Symbol.iterator]()].map((rest) => ({
      from,
      rest,
      header: undefined as SessionHeader | undefined,
    }))
  })
  for (const head of heads) head.header = head.rest.next().value
  for (;;) {
    let first: (typeof heads)[number] | undefined
    for (const head of heads) {
      if (head.header && (!first || order(head.header, first.header!) < 0)) first = head
    }
    if (!first?.header) return
    yield { header: first.header, from: first.from }
    first.header = first.rest.next().value
  }
}

/** Who holds each of these sessions, the leading copy first. */
export function holdersOf(stores: readonly FoundStore[], ids: readonly SessionID[]): Map<SessionID, Holder[]> {
  const holders = new Map<SessionID, Holder[]>()
  for (const found of stores) {
    for (const [id, updated] of found.store.updated(ids)) {
      const list = holders.get(id)
      if (list) list.push({ found, updated })
      else holders.set(id, [{ found, updated }])
    }
  }
  for (const list of holders.values()) list.sort(leadingFirst)
  return holders
}

/** The same of candidates. With one store there is nothing to look up. */
export function holdersOfCandidates(
  stores: readonly FoundStore[],
  candidates: readonly Candidate[],
): ReadonlyMap<SessionID, readonly Holder[]> {
  if (stores.length > 1) return holdersOf(stores, [...new Set(candidates.map(({ header }) => header.id))])
  return new Map(candidates.map(({ header, from }) => [header.id, [{ found: from, updated: header.time.updated }]]))
}

/** For each store the sessions of which another store has the leading copy. */
export function followersOf(stores: readonly FoundStore[]): ReadonlyMap<FoundStore, ReadonlySet<SessionID>> {
  const followers = new Map(stores.map((found) => [found, new Set<SessionID>()]))
  for (const [at, found] of stores.entries()) {
    if (at === 0) continue
    const ids = [...found.store.sessions()].map(({ id }) => id)
    for (const [id, holders] of holdersOf(stores.slice(0, at + 1), ids)) {
      for (const { found: behind } of holders.slice(1)) followers.get(behind)!.add(id)
    }
  }
  return followers
}
