import type { Catalog } from '../stores/catalog/catalog.ts'
import type { IndexFile } from './index/index-file.ts'
import { type Refreshed, refresh } from './index/refresh.ts'
import type { SearchOptions } from './options.ts'
import { parseQuery, type Query } from './query.ts'

/** Words shorter than this are near to everything. */
const shortestWord = 4

/**
 * What to search for instead of a query that nothing matches: the same with the nearest spelling of words that no session holds.
 * @returns null without an index, and where nothing is near
 */
export async function suggestion(catalog: Catalog, text: string, options: SearchOptions = {}): Promise<string | null> {
  if (options.indexes === undefined) return null
  const query = parseQuery(text, options)
  const indexes: Refreshed[] = []
  try {
    for (const { store } of catalog.stores) {
      if (store.kind === 'export-file') continue
      const refreshed = await refresh(store, { folder: options.indexes }).catch(() => null)
      if (refreshed) indexes.push(refreshed)
    }
    return suggest(
      text,
      query,
      indexes.map(({ index }) => index),
    )
  } finally {
    for (const { index } of indexes) index.close()
  }
}

/** The query with each word that stands nowhere replaced by the word that stands nearest to it; null where there is none. */
function suggest(text: string, query: Query, indexes: readonly IndexFile[]): string | null {
  let better = text
  for (const term of query.clauses.flat()) {
    if (term.kind !== 'words' || term.prefix || term.tokens.length !== 1) continue
    const [word] = term.tokens as [string]
    if (word.length < shortestWord || indexes.some((index) => index.count(`"${word}"`, null, 1) > 0)) continue
    const near = nearest(word, indexes)
    if (near === null) return null
    better = better.replace(term.typed, near)
  }
  return better === text ? null : better
}

/** The word that takes the fewest slips of the hand; of several, the one that stands in the most places. */
function nearest(word: string, indexes: readonly IndexFile[]): string | null {
  const [first, second] = [...word] as [string, string]
  const allowed = word.length < 8 ? 1 : 2
  let best: { word: string; slips: number; count: number } | undefined
  for (const index of indexes) {
    // People mistype inside a word more often than at its beginning.
    for (const known of index.vocabulary([...new Set([first, second])])) {
      if (Math.abs(known.word.length - word.length) > allowed) continue
      const slips = slipsBetween(word, known.word, allowed)
      if (slips > allowed) continue
      if (!best || slips < best.slips || (slips === best.slips && known.count > best.count)) best = { ...known, slips }
    }
  }
  return best?.word ?? null
}

/** Letters left out, put in, changed or swapped with their neighbour; more than `limit` is not counted further. */
function slipsBetween(a: string, b: string, limit: number): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_item, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let slips = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, beforeLast[j - 2]! + 1)
      row.push(slips)
    }
    if (Math.min(...row) > limit) return limit + 1
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
