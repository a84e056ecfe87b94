import type { SessionID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { SearchOptions, SearchSort } from './options.ts'
import { greatestScore, type Score, type Statistics, scoreOf } from './rank.ts'
import type { Found, Source } from './source.ts'

/** A root session with everything that was found in it and in its subagents. */
export interface Group {
  readonly root: SessionID
  readonly found: Map<SessionID, { found: Found; score: Score }>
}

/** How results are put in order, and when no session that is still to come can be among the first. */
interface Ranking {
  score(found: Found): Score
  /** Positive when a comes after b. */
  compare(a: Ranked, b: Ranked): number
  /** Whether a session that was updated at or before this time may come before this one. */
  mayPrecede(before: number, last: Ranked): boolean
}

interface Ranked {
  readonly root: SessionID
  readonly score: number
  readonly updated: number
}

/**
 * @param worths what each term is worth, where one is worth less than what was typed
 * @returns the order that was asked for, over sessions that use the words as these statistics say
 */
export function rankingOf(options: SearchOptions, statistics: Statistics, worths: readonly number[] = []): Ranking {
  const now = options.now ?? Date.now()
  const sort = options.sort ?? 'relevance'
  const mayPrecede: Record<SearchSort, Ranking['mayPrecede']> = {
    relevance: (before, last) => greatestScore(before, statistics, now, options.here !== undefined) >= last.score,
    newest: (before, last) => before >= last.updated,
    oldest: () => true,
  }
  const score = (found: Found) => scoreOf(found.evidence, found, statistics, now, worths)
  return { score, compare: orders[sort], mayPrecede: mayPrecede[sort] }
}

const byID = (a: Ranked, b: Ranked) => (a.root < b.root ? -1 : a.root > b.root ? 1 : 0)

const orders: Readonly<Record<SearchSort, Ranking['compare']>> = {
  relevance: (a, b) => b.score - a.score || b.updated - a.updated || byID(a, b),
  newest: (a, b) => b.updated - a.updated || byID(a, b),
  oldest: (a, b) => a.updated - b.updated || byID(a, b),
}

/**
 * The best of groups that are all there, in the order that was asked for. Where that is by time, it is the best ones all the
 * same.
 */
export function best(groups: readonly Group[], { sort = 'relevance' }: SearchOptions, limit: number): Group[] {
  const ranks = groups.map((group) => ({ group, ...rankOf(group) })).sort(orders.relevance)
  return ranks
    .slice(0, limit)
    .sort(orders[sort])
    .map(({ group }) => group)
}

/**
 * The groups that a search shows, in their order. Sources are asked no further than sessions can still come that belong among
 * them; then the rest of each group that is shown is asked for.
 */
export async function ranked(
  catalog: Catalog,
  sources: readonly Source[],
  ranking: Ranking,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Group[]> {
  const groups = new Map<SessionID, RankedGroup>()
  const add = (found: Found) => {
    const { rootID: root } = found
    let ranked = groups.get(root)
    if (!ranked) {
      const nothing = Number.NEGATIVE_INFINITY
      ranked = { group: { root, found: new Map() }, root, score: nothing, updated: nothing }
      groups.set(root, ranked)
    }
    const score = ranking.score(found)
    ranked.group.found.set(found.id, { found, score })
    ranked.score = Math.max(ranked.score, score.score)
    ranked.updated = Math.max(ranked.updated, found.updated)
  }
  const first = () => firstOf(groups.values(), ranking.compare, limit)
  const cutShort: Source[] = []
  for (const source of sources) {
    for await (const { found, before } of source.batches()) {
      signal?.throwIfAborted()
      for (const one of found) add(one)
      if (before === Number.NEGATIVE_INFINITY || groups.size < limit) continue
      const last = first()[limit - 1]
      if (last && !ranking.mayPrecede(before, last)) {
        cutShort.push(source)
        break
      }
    }
  }
  const chosen = first().map(({ group }) => group)
  if (cutShort.length === 0 || chosen.length === 0) return chosen
  const members = new Set(chosen.flatMap(({ root }) => treeOf(catalog, root)))
  for (const source of cutShort) for (const found of await source.among(members)) add(found)
  return chosen
}

/** A group stands where its best session would; its time is that of the session that answers and was updated last. */
interface RankedGroup extends Ranked {
  readonly group: Group
  score: number
  updated: number
}

/** So few are put in their places one by one, which takes a fraction of the time that putting all in order does. */
const fewFirst = 100

/** The first ones in an order. */
export function firstOf<T>(all: Iterable<T>, compare: (a: T, b: T) => number, limit: number): T[] {
  if (limit > fewFirst) return [...all].sort(compare).slice(0, limit)
  const first: T[] = []
  for (const one of all) {
    if (first.length === limit && compare(one, first[limit - 1]!) >= 0) continue
    let at = first.length
    while (at > 0 && compare(one, first[at - 1]!) < 0) at--
    first.splice(at, 0, one)
    if (first.length > limit) first.pop()
  }
  return first
}

/** A group stands where its best session would; its time is that of the session that answers and was updated last. */
function rankOf({ root, found }: Group): Ranked {
  let score = Number.NEGATIVE_INFINITY
  let updated = Number.NEGATIVE_INFINITY
  for (const { found: one, score: its } of found.values()) {
    score = Math.max(score, its.score)
    updated = Math.max(updated, one.updated)
  }
  return { root, score, updated }
}

function treeOf(catalog: Catalog, root: SessionID): SessionID[] {
  const session = catalog.session(root)
  return session ? [...catalog.tree(session)].map(([{ id }]) => id) : [root]
}
