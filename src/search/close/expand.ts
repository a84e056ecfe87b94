import { slipsBetween } from '../../base/nearest.ts'
import type { Near, Query, Term } from '../query.ts'
import { isAscii, piecesOf, tokensOf } from '../text/tokens.ts'
import { areForms, sharedLetters } from './forms.ts'
import type { NearAsked } from './near-words.ts'
import { isSlip, slipsAllowed } from './slips.ts'
import { stopWordsIn } from './stop-words.ts'

/** What a store knows of words. */
export interface Lexicon {
  /** Words that are near to those that are asked for; perhaps some that no session in scope holds. */
  near(asked: NearAsked): Promise<ReadonlySet<string>>
  /** In how many places of the sessions in scope each term stands. */
  count(terms: readonly Term[]): Promise<readonly number[]>
}

type WordTerm = Term & { readonly kind: 'words' }

const worthOfForm = 0.85
const worthOfName = 0.9
const worthOfSlip = 0.7
const worthOfPiece = 0.5

/** So many spellings of a word are tried. */
const spellingsTried = 3
/** Two words that were written as one: each has at least so many letters. */
const shortestHalf = 3
const longestName = 64
const longestSplit = 24
/** So long a word may be two that stand apart elsewhere, although it stands somewhere itself. */
const longWord = 8
/** More clauses of a question than this say nothing more. */
const mostClauses = 48

/** A word that something near may stand for: not in quotes, no condition, no beginning, no capitals that count. */
const isWord = (term: Term): term is WordTerm => term.kind === 'words' && !term.literal && term.exact === null

const near = (like: Term, tokens: readonly string[], worth: number): WordTerm => {
  const stands: Near = { typed: like.near?.typed ?? like.typed, worth }
  return {
    kind: 'words',
    typed: tokens.join(' '),
    tokens,
    prefix: false,
    literal: false,
    exact: null,
    fields: like.fields,
    near: stands,
  }
}

/** The query with everything near to its words beside them; the same clauses, which must all be met. */
export async function withNear(query: Query, lexicon: Lexicon): Promise<Query> {
  const words = query.clauses.flat().filter(isWord)
  const single = words.flatMap((term) => (term.prefix ? [] : term.tokens.length === 1 ? [term] : partsOf(term)))
  const counts = await lexicon.count(single)
  const missing = new Set(single.filter((_item, at) => counts[at] === 0).map(({ tokens }) => tokens[0]!))
  const asked = {
    forms: [...new Set(single.map(({ tokens }) => tokens[0]!))].filter((token) => token.length >= sharedLetters),
    slips: [...missing].filter((token) => slipsAllowed(token) > 0),
  }
  const known = asked.forms.length + asked.slips.length > 0 ? [...(await lexicon.near(asked))].sort() : []
  const spelled = await spelledNames(words, missing, known, lexicon)
  const candidates = query.clauses.map((terms, at) =>
    terms.filter(isWord).flatMap((term) => {
      const stands = term.tokens.length > 1 || !missing.has(term.tokens[0]!)
      return [
        ...(stands ? (spelled.get(term) ?? []) : spellings(term, known)),
        ...(!stands || isLong(term) ? halves(term) : []),
        ...(term.prefix ? [] : [...forms(term, known), ...otherNames(term)]),
        ...joined(terms, query.clauses[at - 1], term, true),
        ...joined(terms, query.clauses[at + 1], term, false),
      ]
    }),
  )
  const frequencies = await lexicon.count(candidates.flat())
  let number = 0
  const clauses = query.clauses.map((terms, at) => {
    const standing = candidates[at]!.map((term) => ({ term, count: frequencies[number++]! })).filter(({ count }) => count > 0)
    return [...terms, ...distinct(chosen(standing), terms)]
  })
  return { ...query, clauses }
}

/** The pieces of a name, each as a word. */
const partsOf = (term: WordTerm): WordTerm[] =>
  term.tokens.every(isAscii) ? term.tokens.map((token) => ({ ...term, typed: token, tokens: [token] })) : []

/** Names of several words of which some are misspelt, with those that were meant. */
async function spelledNames(
  words: readonly WordTerm[],
  missing: ReadonlySet<string>,
  known: readonly string[],
  lexicon: Lexicon,
): Promise<ReadonlyMap<WordTerm, readonly WordTerm[]>> {
  const names = words.filter((term) => !term.prefix && term.tokens.length > 1 && term.tokens.some((token) => missing.has(token)))
  const parts = names.flatMap(partsOf).filter(({ tokens }) => missing.has(tokens[0]!))
  const spelled = parts.flatMap((part) => spellings(part, known))
  const counts = await lexicon.count(spelled)
  const best = chosen(spelled.map((term, at) => ({ term, count: counts[at]! })).filter(({ count }) => count > 0))
  const meant = new Map<string, string>()
  for (const { tokens, near } of best) if (!meant.has(near!.typed)) meant.set(near!.typed, tokens[0]!)
  return new Map(
    names.map((name) => {
      const tokens = name.tokens.map((token) => meant.get(token) ?? token)
      return [name, tokens.some((token, at) => token !== name.tokens[at]) ? [near(name, tokens, worthOfSlip)] : []]
    }),
  )
}

interface Counted {
  readonly term: WordTerm
  readonly count: number
}

/** All but the spellings that are less near than others, or stand in fewer places. */
function chosen(counted: readonly Counted[]): WordTerm[] {
  const isSpelling = ({ term }: Counted) => term.near!.worth <= worthOfSlip
  const slips = ({ term: { tokens, near } }: Counted) =>
    slipsBetween(tokensOf(near!.typed)[0] ?? '', tokens[0]!, slipsAllowed(tokens[0]!))
  const spelled = counted.filter(isSpelling).map((one) => ({ ...one, slips: slips(one) }))
  const fewest = (typed: string) => Math.min(...spelled.filter(({ term }) => term.near!.typed === typed).map((one) => one.slips))
  const nearest = spelled
    .filter((one) => one.slips === fewest(one.term.near!.typed))
    .sort((a, b) => b.count - a.count || (a.term.tokens[0]! < b.term.tokens[0]! ? -1 : 1))
  return [...counted.filter((one) => !isSpelling(one)), ...nearest.slice(0, spellingsTried)].map(({ term }) => term)
}

function distinct(terms: readonly WordTerm[], besides: readonly Term[]): WordTerm[] {
  const seen = new Set(besides.map((term) => (term.kind === 'words' ? term.tokens.join(' ') : '')))
  return terms.filter(({ tokens }) => !seen.has(tokens.join(' ')) && seen.add(tokens.join(' ')))
}

const forms = (term: WordTerm, known: readonly string[]) => {
  const [token] = term.tokens as [string]
  if (term.tokens.length > 1) return []
  return known.filter((word) => word !== token && areForms(token, word)).map((word) => near(term, [word], worthOfForm))
}

const spellings = (term: WordTerm, known: readonly string[]) =>
  known.filter((word) => isSlip(term.tokens[0]!, word)).map((word) => near(term, [word], worthOfSlip))

const isLong = ({ tokens, prefix }: WordTerm) => tokens.length === 1 && !prefix && tokens[0]!.length >= longWord

/** `parsetoken` as `parse token`. */
function halves(term: WordTerm): WordTerm[] {
  const [token] = term.tokens as [string]
  if (!isAscii(token) || token.length > longestSplit) return []
  const places = Array.from({ length: Math.max(0, token.length - 2 * shortestHalf + 1) }, (_item, at) => at + shortestHalf)
  return places.map((at) => near(term, [token.slice(0, at), token.slice(at)], worthOfName))
}

/** A name in its other ways of writing: `parse_token` as `parsetoken`, `parseToken` as `parse token`. */
function otherNames(term: WordTerm): WordTerm[] {
  if (!isAscii(term.typed)) return []
  if (term.tokens.length > 1) {
    const whole = term.tokens.join('')
    return whole.length > longestName ? [] : [near(term, [whole], worthOfName)]
  }
  const pieces = [...piecesOf(term.typed)]
  return pieces.length > 1 && pieces.join('') === term.tokens[0] ? [near(term, pieces, worthOfName)] : []
}

/** A word with its neighbour in the query, written as one: `parse token` as `parsetoken`. */
function joined(terms: readonly Term[], neighbours: readonly Term[] | undefined, term: WordTerm, before: boolean): WordTerm[] {
  const [other] = neighbours ?? []
  if (terms.length > 1 || neighbours?.length !== 1 || !other || !isWord(other)) return []
  if (term.tokens.length > 1 || other.tokens.length > 1 || term.prefix || other.prefix) return []
  const [first, second] = before ? [other, term] : [term, other]
  const whole = first.tokens[0]! + second.tokens[0]!
  return isAscii(whole) && whole.length <= longestName ? [near(term, [whole], worthOfName)] : []
}

/** What of a query has to be met in any case, and words of which some should be. */
export interface Question {
  readonly hard: Query | null
  readonly soft: Query
}

/**
 * A query as a question: words that say nothing are left out, names are also asked for by their pieces, and Chinese by every two
 * signs. Null where there is no word that could be missing.
 * @param query with everything near, from {@link withNear}
 */
export function questionOf(query: Query): Question | null {
  const isSoft = (terms: readonly Term[]) => terms.every((term) => term.near !== undefined || isWord(term))
  const words = query.clauses.filter(isSoft)
  const stop = stopWordsIn(words.flatMap(typedTokens))
  const telling = words.filter((terms) => !typedTokens(terms).every((token) => stop.has(token)))
  const clauses = [...telling.flatMap((terms) => signs(terms) ?? [terms]), ...telling.flatMap((terms) => pieces(terms, stop))]
  const seen = new Set<string>()
  const once = clauses.filter(([term]) => {
    const key = term?.kind === 'words' ? term.tokens.join(' ') : ''
    return !seen.has(key) && seen.add(key)
  })
  if (once.length === 0) return null
  const conditions = query.clauses.filter((terms) => !isSoft(terms))
  const soft = { ...query, clauses: once.slice(0, mostClauses), excluded: [] }
  return { soft, hard: conditions.length > 0 ? { ...query, clauses: conditions } : null }
}

/** The tokens of what was typed, without what is near to it. */
const typedTokens = (terms: readonly Term[]) => terms.flatMap((term) => (term.kind === 'words' && !term.near ? term.tokens : []))

/** A run of signs without spaces as its pairs; null for anything else. */
function signs(terms: readonly Term[]): Term[][] | null {
  const [term] = terms
  if (terms.length > 1 || term?.kind !== 'words' || term.tokens.length < 3) return null
  if (term.tokens.every(isAscii)) return null
  const nothing = stopWordsIn(['的', ...term.tokens])
  const pairs: Term[][] = []
  for (const [at, token] of term.tokens.entries()) {
    const next = term.tokens[at + 1]
    if (isAscii(token)) pairs.push([near(term, [token], 1)])
    else if (next !== undefined && !isAscii(next) && !nothing.has(token) && !nothing.has(next))
      pairs.push([near(term, [token, next], 1)])
  }
  return pairs.length > 0 ? pairs : null
}

/** The pieces of a name, each a word of its own, and what may have been meant by it. */
function pieces(terms: readonly Term[], stop: ReadonlySet<string>): Term[][] {
  const [term] = terms
  if (terms.filter((one) => !one.near).length > 1 || term?.kind !== 'words' || !term.tokens.every(isAscii)) return []
  const parts = term.tokens.length > 1 ? term.tokens : [...piecesOf(term.typed)]
  const meant = terms.find((one) => one.kind === 'words' && one.near?.worth === worthOfSlip && one.tokens.length === parts.length)
  if (parts.length < 2) return []
  return parts.flatMap((part, at) => {
    if (part.length < 2 || stop.has(part)) return []
    const other = meant?.kind === 'words' && meant.tokens[at] !== part ? [near(term, [meant.tokens[at]!], worthOfPiece)] : []
    return [[near(term, [part], worthOfPiece), ...other]]
  })
}

/**
 * A query in which words that were left out are words again: `-f` of a command that somebody pasted is an option.
 * @param all whatever is left out, and not only single letters, which nobody leaves out
 */
export function optionsAsWords(query: Query, all: boolean): Query {
  const isOption = (term: Term) => isWord(term) && (all || (term.tokens.length === 1 && term.tokens[0]!.length === 1))
  const options = query.excluded.filter(isOption)
  if (options.length === 0) return query
  const clauses = [...query.clauses, ...options.map((term) => [{ ...term, typed: `-${term.typed}` }])]
  return { ...query, clauses, excluded: query.excluded.filter((term) => !isOption(term)) }
}
