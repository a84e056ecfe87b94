import { omit } from '../base/omit.ts'
import { removeDatabase } from '../sqlite/database-files.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { resultOf, type SearchResult } from './hits.ts'
import { DamagedIndex } from './index/index-file.ts'
import type { SearchOptions } from './options.ts'
import { parseQuery, type Query } from './query.ts'
import { openStores } from './sources.ts'
import { matcherOf } from './text/match.ts'
import { tiersOf } from './tiers.ts'

/**
 * Finds sessions by what was said and done in them. Results come best first, each once; the same with an index as without.
 * @throws OcvaultError `usage` for a query that says nothing, or that cannot be read
 * @throws whatever the signal was aborted with
 * @example for await (const { session, hits } of search(catalog, 'jwt expir*', { limit: 10 })) console.log(session.title,
 *   hits[0]?.snippet)
 */
export async function* search(
  catalog: Catalog,
  text: string,
  options: SearchOptions = {},
): AsyncGenerator<SearchResult, void, void> {
  const query = parseQuery(text, options)
  let given = 0
  for (let settings = options; ; ) {
    let passedBy = given
    try {
      for await (const result of attempt(catalog, query, settings)) {
        if (passedBy-- > 0) continue
        given++
        yield result
      }
      return
    } catch (error) {
      if (!(error instanceof DamagedIndex)) throw error
      // Made anew once; should that one be damaged too, there is still the text itself.
      const again = settings === options
      removeDatabase(error.path)
      settings = again ? { ...options } : omit(options, ['indexes'])
    }
  }
}

async function* attempt(catalog: Catalog, query: Query, options: SearchOptions): AsyncGenerator<SearchResult, void, void> {
  const stores = await openStores(catalog, query, options)
  try {
    for await (const { tier, groups, terms } of tiersOf(catalog, stores, query, options)) {
      const matchers = terms.map(matcherOf)
      for (const group of groups) {
        options.signal?.throwIfAborted()
        yield resultOf(catalog, group, tier, matchers, options.context ?? 0)
      }
    }
  } finally {
    stores.close()
  }
}
