import { OcvaultError, reasonOf } from '../base/errors.ts'
import { tokensOf } from './text/tokens.ts'

/**
 * The places that words can stand in, by their number in the index. `aside`: what nobody typed or answered (synthetic and
 * ignored text, compaction summaries, notices, errors of a provider).
 */
export const fields = ['title', 'prompt', 'answer', 'reasoning', 'input', 'output', 'path', 'aside'] as const
export type Field = (typeof fields)[number]

/** Where words may stand, by name. */
const areas: Readonly<Record<string, readonly Field[]>> = {
  text: ['prompt', 'answer', 'aside'],
  tools: ['input', 'output'],
  reasoning: ['reasoning'],
  paths: ['path'],
  title: ['title'],
}

/** What a term stands for that nobody typed. */
export interface Near {
  /** The word as it was typed. */
  readonly typed: string
  /** What it is worth of the word itself: more than 0, at most 1. */
  readonly worth: number
}

/** One thing to find. */
export type Term = {
  /** As it was typed, for messages and for "why it matched". */
  readonly typed: string
  /** Where it may stand; null is anywhere. */
  readonly fields: ReadonlySet<Field> | null
  /** Set when it is not what was typed, but near to it. */
  readonly near?: Near
} & (
  | {
      readonly kind: 'words'
      /** Folded, one after another; more than one is a phrase. */
      readonly tokens: readonly string[]
      /** The last token is the beginning of a word. */
      readonly prefix: boolean
      /** In quotes, or a condition on a path or title: nothing but itself is meant. */
      readonly literal: boolean
      /** Set when case counts: the text as it must stand, with any space for a space. */
      readonly exact: RegExp | null
    }
  | { readonly kind: 'regex'; readonly regex: RegExp }
  /** Anything at all: what filters are asked without a word. */
  | { readonly kind: 'any' }
)

/** What hits must stand in. Names in any case; several of one key are alternatives. */
export interface UnitFilter {
  readonly role: readonly string[]
  readonly kind: readonly string[]
  readonly tool: readonly string[]
  readonly agent: readonly string[]
  readonly model: readonly string[]
}

/** A question: every clause must be met in the same session, by one of its terms; no session with an excluded term counts. */
export interface Query {
  readonly clauses: readonly (readonly Term[])[]
  readonly excluded: readonly Term[]
  readonly units: UnitFilter
  /** Filters of whole sessions as they were typed inline: `project:`, `since:`, `until:`, `session:`. */
  readonly sessions: ReadonlyMap<string, string>
}

/** What asks for nothing: a query to put terms into. */
export const emptyQuery: Query = {
  clauses: [],
  excluded: [],
  units: { role: [], kind: [], tool: [], agent: [], model: [] },
  sessions: new Map(),
}

export interface QueryOptions {
  /** Words with capitals must stand with those capitals. */
  readonly case?: boolean
  /** Areas that words may stand in, of `text`, `tools`, `reasoning`, `paths`, `title`; default all. */
  readonly in?: readonly string[]
  /** What hits must stand in, besides what the query itself says. */
  readonly units?: Partial<UnitFilter>
  /** Paths that a session must have touched, besides those that the query itself names. */
  readonly paths?: readonly string[]
}

/** More terms than a person types: each costs a walk through the index. */
const mostTerms = 30
/** A regular expression or a list of words that is longer is a paste by mistake. */
const longestQueryChars = 10_000

const unitKeys = ['role', 'kind', 'tool', 'agent', 'model'] as const
const sessionKeys = ['project', 'since', 'until', 'session']

const item =
  /\s*(?:(?<or>OR)(?=\s|$)|(?<not>-(?!-))?(?:(?<key>role|kind|tool|path|agent|model|project|since|until|session|in|title):)?(?:\/(?<regex>(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\])+)\/(?<flags>[dgimsuvy]*)(?=\s|$)|"(?<phrase>[^"]*)"(?<star>\*)?|(?<word>\S+)))/suy

/**
 * Reads what a person typed: words, `"a phrase"`, `-word`, `a OR b`, `prefix*`, `/regex/flags`, `key:value`.
 * @throws OcvaultError `usage` with what is wrong with it
 */
export function parseQuery(text: string, options: QueryOptions = {}): Query {
  if (text.length > longestQueryChars)
    throw new OcvaultError('usage', `a query of ${text.length} characters; at most ${longestQueryChars} can be searched for`)
  const clauses: Term[][] = []
  const excluded: Term[] = []
  const units: Record<(typeof unitKeys)[number], string[]> = { role: [], kind: [], tool: [], agent: [], model: [] }
  const sessions = new Map<string, string>()
  const inFields = fieldsIn(options.in ?? [])
  let or: 'none' | 'open' = 'none'
  item.lastIndex = 0
  for (let rest = text.trimEnd(); item.lastIndex < rest.length; ) {
    const at = item.lastIndex
    const match = item.exec(rest)
    if (!match?.groups) throw new OcvaultError('usage', `cannot read the query at ${JSON.stringify(rest.slice(at, at + 40))}`)
    const { or: isOr, not, key, regex, flags, phrase, star, word } = match.groups
    if (isOr) {
      if (or === 'open' || clauses.length === 0) throw new OcvaultError('usage', 'OR stands between two words')
      or = 'open'
      continue
    }
    const value = phrase ?? word
    if (key !== undefined && key !== 'path' && key !== 'title' && value !== undefined && regex === undefined) {
      if (not) throw new OcvaultError('usage', `-${key}: is not known; only words can be left out`)
      if (key === 'in') throw new OcvaultError('usage', 'where words may stand is no part of a query', { hint: 'areas' })
      if ((unitKeys as readonly string[]).includes(key)) units[key as keyof typeof units].push(value.toLowerCase())
      else if (sessionKeys.includes(key)) sessions.set(key, value)
      continue
    }
    const where: ReadonlySet<Field> | null = key === 'path' ? new Set(['path']) : key === 'title' ? new Set(['title']) : inFields
    const term =
      regex === undefined
        ? wordTerm(value ?? '', phrase !== undefined, star, where, options, key !== undefined)
        : regexTerm(regex, flags ?? '', where)
    if (!term) {
      // Nothing but punctuation: there is nothing to compare, as for a search engine.
      continue
    }
    if (not) {
      if (or === 'open') throw new OcvaultError('usage', 'OR stands between two words, and neither can be left out')
      excluded.push(term)
    } else if (or === 'open') clauses.at(-1)!.push(term)
    else clauses.push([term])
    or = 'none'
    if (clauses.flat().length + excluded.length > mostTerms)
      throw new OcvaultError('usage', `more than ${mostTerms} words in one query`)
  }
  if (or === 'open') throw new OcvaultError('usage', 'OR stands between two words')
  for (const path of options.paths ?? []) {
    const term = wordTerm(path, true, undefined, new Set(['path']), options)
    if (term) clauses.push([term])
  }
  for (const key of unitKeys) units[key].push(...(options.units?.[key] ?? []).map((name) => name.toLowerCase()))
  const filtered = Object.values(units).some((names) => names.length > 0)
  if (clauses.length === 0 && filtered) clauses.push([{ kind: 'any', typed: '', fields: null }])
  if (clauses.length === 0) {
    const reason =
      excluded.length > 0
        ? 'a query needs a word to find, not only words to leave out'
        : 'nothing to search for: a word of letters, digits or signs is needed'
    throw new OcvaultError('usage', reason)
  }
  return { clauses, excluded, units, sessions }
}

function fieldsIn(names: readonly string[]): ReadonlySet<Field> | null {
  if (names.length === 0) return null
  return new Set(
    names.flatMap((name) => {
      const area = Object.hasOwn(areas, name) ? areas[name] : undefined
      if (!area) throw new OcvaultError('usage', `no area is called ${name}: it must be one of ${Object.keys(areas).join(', ')}`)
      return area
    }),
  )
}

function wordTerm(
  value: string,
  quoted: boolean,
  star: string | undefined,
  where: Term['fields'],
  options: QueryOptions,
  isCondition = false,
): Term | null {
  // An unbalanced quote is a quote that was meant as text.
  const prefix = star !== undefined || (!quoted && /[^*]\*$/.test(value))
  const text = prefix && !quoted ? value.replace(/\*+$/, '') : value
  const tokens = tokensOf(text)
  if (tokens.length === 0) return null
  const exact = options.case && /\p{Lu}/u.test(text) ? exactly(text, prefix) : null
  return {
    kind: 'words',
    typed: quoted ? `"${value}"` : value,
    fields: where,
    tokens,
    prefix,
    literal: quoted || isCondition,
    exact,
  }
}

/** The text letter for letter, where only the width of gaps may differ. */
function exactly(text: string, prefix: boolean): RegExp {
  const body = text
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return new RegExp(`${body.join('\\s+')}${prefix ? '' : '(?![\\p{L}\\p{N}])'}`, 'u')
}

function regexTerm(source: string, flags: string, where: Term['fields']): Term {
  try {
    // Where to go on is the searcher's business: it looks for the first place, or for all.
    return { kind: 'regex', typed: `/${source}/${flags}`, fields: where, regex: new RegExp(source, flags.replace(/[dgy]/g, '')) }
  } catch (error) {
    throw new OcvaultError('usage', `/${source}/${flags}: ${reasonOf(error)}`)
  }
}
