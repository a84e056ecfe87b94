import type { SessionID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { type Lexicon, optionsAsWords, questionOf, withNear } from './close/expand.ts'
import type { SearchOptions } from './options.ts'
import { best, type Group, ranked, rankingOf } from './order.ts'
import type { Query, Term } from './query.ts'
import { summed } from './rank.ts'
import { relatedTo } from './related/related.ts'
import type { Conditions, OpenStores } from './sources.ts'
import type { Tier } from './tier.ts'

/** What one tier gives. */
export interface TierResults {
  readonly tier: Tier
  /** Best first. */
  readonly groups: readonly Group[]
  /** By which what was found is marked. */
  readonly terms: readonly Term[]
}

/** The answers to a query, tier after tier: the next one only while the ones before have not given enough. */
export async function* tiersOf(
  catalog: Catalog,
  stores: OpenStores,
  query: Query,
  options: SearchOptions,
): AsyncGenerator<TierResults, void, void> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY
  const given = new Set<SessionID>()
  // Where everything is wanted that answers, what only nearly does is wanted when nothing else is there.
  const enough = () => given.size >= (limit === Number.POSITIVE_INFINITY ? 1 : limit)
  const wanted = (tier: Tier) => (options.tier === undefined ? !enough() : options.tier === tier)
  const fresh = (tier: Tier, groups: readonly Group[], of: Query): TierResults => {
    const others = groups.filter(({ root }) => !given.has(root)).slice(0, limit - given.size)
    for (const { root } of others) given.add(root)
    return { tier, groups: others, terms: of.clauses.flat() }
  }
  if (wanted('exact')) yield fresh('exact', await met(catalog, stores, query, options, limit), query)
  const nearly = async function* (like: Query): AsyncGenerator<TierResults, void, void> {
    if (!wanted('close') && !wanted('relevance')) return
    const near = await withNear(like, lexiconOf(stores, like))
    options.signal?.throwIfAborted()
    const differs = like !== query || near.clauses.some((terms, at) => terms.length > like.clauses[at]!.length)
    if (wanted('close') && differs) yield fresh('close', await met(catalog, stores, near, options, limit + given.size), near)
    const question = wanted('relevance') ? questionOf(near) : null
    if (!question) return
    const surveyors = stores.surveyorsOf(question.soft, await conditionsOf(stores, like, question.hard))
    const related = await relatedTo(question.soft, surveyors, options.now ?? Date.now(), options.signal)
    const shown = question.hard ? [...question.soft.clauses, ...question.hard.clauses] : question.soft.clauses
    yield fresh('relevance', best(related, options, limit + given.size), { ...like, clauses: shown })
  }
  const like = optionsAsWords(query, false)
  yield* nearly(like)
  const pasted = optionsAsWords(query, true)
  if (given.size === 0 && pasted.clauses.length > like.clauses.length) yield* nearly(pasted)
}

/** The groups that meet a query. */
async function met(catalog: Catalog, stores: OpenStores, query: Query, options: SearchOptions, limit: number): Promise<Group[]> {
  const sources = stores.sourcesOf(query)
  const sessions = sources.reduce((sum, { sessionsAtMost }) => sum + sessionsAtMost, 0)
  const statistics = summed(await Promise.all(sources.map((source) => source.statistics(sessions))))
  const worths = query.clauses.flat().map(({ near }) => near?.worth ?? 1)
  return ranked(catalog, sources, rankingOf(options, statistics, worths), limit, options.signal)
}

/** What the sessions in the scope of a query say of words. */
export const lexiconOf = (stores: OpenStores, query: Query): Lexicon => ({
  near: (asked) => stores.near(asked),
  count: async (terms) => {
    if (terms.length === 0) return []
    const clauses = terms.map((term) => [term])
    const sources = stores.sourcesOf({ ...query, clauses, excluded: [] })
    const sessions = sources.reduce((sum, { sessionsAtMost }) => sum + sessionsAtMost, 0)
    const { sessions: inScope, frequencies } = summed(await Promise.all(sources.map((source) => source.statistics(sessions))))
    return frequencies.map((frequency) => Math.min(frequency, inScope))
  },
})

/** Which sessions meet the conditions of a question, and which hold what must not be there. */
async function conditionsOf(stores: OpenStores, query: Query, hard: Query | null): Promise<Conditions> {
  const meeting = async (one: Query) => {
    const ids = new Set<SessionID>()
    for (const source of stores.sourcesOf(one))
      for await (const { found } of source.batches()) for (const { id } of found) ids.add(id)
    return ids
  }
  return {
    only: hard ? await meeting({ ...hard, excluded: [] }) : null,
    without: query.excluded.length > 0 ? await meeting({ ...query, clauses: [query.excluded], excluded: [] }) : new Set(),
  }
}
