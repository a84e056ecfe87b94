import type { SessionID } from '../opencode/ids.ts'
import { termsOf } from './evidence.ts'
import type { IndexFile } from './index/index-file.ts'
import type { Lookup } from './index/lookup.ts'
import type { Query, Term } from './query.ts'
import type { Scan } from './scan/scan.ts'
import type { Source } from './source.ts'
import { requiredLetters } from './text/literal.ts'

/** Fewer letters stand in too many words. */
const fewestLetters = 3
/** More words, or more places of them, take longer to ask for than they save. */
const wordsAtMost = 1000
const placesAtMost = 200_000
/** How many words are asked for in one expression. */
const wordsAtOnce = 64

/** Whether a query asks what an index cannot tell: where case counts, or an expression. */
export const needsText = (query: Query): boolean => termsOf(query).some(termNeedsText)

const termNeedsText = (term: Term) => term.kind === 'regex' || (term.kind === 'words' && term.exact !== null)

/**
 * Answers by reading, where the index narrows down which sessions have to be read: those with the other words, and with the
 * letters that an expression cannot be met without.
 */
export function narrowed(
  index: IndexFile,
  query: Query,
  lookupOf: (query: Query) => Lookup,
  reading: (only?: ReadonlySet<SessionID>) => Scan,
): Source {
  const lookup = lookupOf(query)
  let scan: Promise<Scan> | undefined
  const scanned = () => {
    scan ??= worthReading(index, query, lookup, lookupOf).then(reading)
    return scan
  }
  return {
    sessionsAtMost: lookup.sessionsAtMost,
    statistics: (countedAtMost) => lookup.statistics(countedAtMost),
    async *batches() {
      yield* (await scanned()).batches()
    },
    among: async (ids) => (await scanned()).among(ids),
  }
}

/** The sessions that may answer; undefined when the index cannot tell. */
async function worthReading(
  index: IndexFile,
  query: Query,
  lookup: Lookup,
  lookupOf: (query: Query) => Lookup,
): Promise<ReadonlySet<SessionID> | undefined> {
  let only: ReadonlySet<SessionID> | undefined
  for (const terms of query.clauses) {
    const [term] = terms
    const letters = terms.length === 1 && term?.kind === 'regex' ? requiredLetters(term.regex.source) : ''
    const holding = letters === '' ? null : sessionsWith(letters, index, lookup)
    if (holding) only = only ? new Set([...only].filter((id) => holding.has(id))) : holding
  }
  const clauses = query.clauses.filter((terms) => terms.every((term) => term.kind !== 'regex'))
  if (clauses.length === 0) return only
  const words = lookupOf({ ...query, clauses, excluded: query.excluded.filter((term) => !termNeedsText(term)) })
  const met = new Set<SessionID>()
  for await (const { found } of words.batches()) for (const { id } of found) if (!only || only.has(id)) met.add(id)
  return met
}

/**
 * Sessions in scope in which some letters stand in a word; null when that would be too many words or places to ask for. @param
 * letters of `[a-z0-9]`
 */
function sessionsWith(letters: string, index: IndexFile, lookup: Lookup): ReadonlySet<SessionID> | null {
  const words = letters.length < fewestLetters ? null : index.words.with(letters, wordsAtMost)
  if (words === null) return null
  const holding = new Set<SessionID>()
  let places = 0
  for (let from = 0; from < words.length; from += wordsAtOnce) {
    const expression = words.slice(from, from + wordsAtOnce).map((word) => `"${word}"`)
    const rows = index.rows(expression.join(' OR '), 0, Number.MAX_SAFE_INTEGER)
    places += rows.length
    if (places > placesAtMost) return null
    for (const id of lookup.sessionsOf(rows)) holding.add(id)
  }
  return holding
}
