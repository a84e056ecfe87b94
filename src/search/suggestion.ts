import type { Catalog } from '../stores/catalog/catalog.ts'
import { withNear } from './close/expand.ts'
import type { SearchOptions } from './options.ts'
import { parseQuery } from './query.ts'
import { openStores } from './sources.ts'
import { lexiconOf } from './tiers.ts'

/**
 * What to search for instead, where only what answers exactly is wanted: the query with what is near to it in place of each word
 * that no session holds.
 * @returns null where nothing is near to such a word
 */
export async function suggestion(catalog: Catalog, text: string, options: SearchOptions = {}): Promise<string | null> {
  const query = parseQuery(text, options)
  const stores = await openStores(catalog, query, options)
  try {
    const lexicon = lexiconOf(stores, query)
    const typed = query.clauses.flat()
    const near = (await withNear(query, lexicon)).clauses.flat()
    const counts = await lexicon.count(typed)
    let better = text
    for (const [at, term] of typed.entries()) {
      if (counts[at]! > 0 || term.kind !== 'words') continue
      const [instead] = near.filter((one) => one.near?.typed === term.typed)
      if (!instead) return null
      better = better.replace(term.typed, instead.typed)
    }
    return better === text ? null : better
  } finally {
    stores.close()
  }
}
