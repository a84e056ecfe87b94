import type { Query } from '../query.ts'
import type { IndexFile } from './index-file.ts'

/** Words shorter than this are near to everything. */
const shortest = 4

/** The query with each word that stands nowhere replaced by the word that stands nearest to it; null where there is none. */
export function suggest(text: string, query: Query, indexes: readonly IndexFile[]): string | null {
  let better = text
  for (const term of query.clauses.flat()) {
    if (term.kind !== 'words' || term.prefix || term.tokens.length !== 1) continue
    const [word] = term.tokens as [string]
    if (word.length < shortest || indexes.some((index) => index.count(`"${word}"`, null, 1) > 0)) continue
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

/** Letters left out, put in, changed or swapped with their neighbour; more than `most` is not counted further. */
function slipsBetween(a: string, b: string, most: number): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let slips = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, beforeLast[j - 2]! + 1)
      row.push(slips)
    }
    if (Math.min(...row) > most) return most + 1
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
