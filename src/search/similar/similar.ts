import { omit } from '../../base/omit.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { removeDatabase } from '../../sqlite/database-files.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { stopWordsIn } from '../close/stop-words.ts'
import { DamagedIndex } from '../index/index-file.ts'
import type { SearchOptions } from '../options.ts'
import { best, type Group } from '../order.ts'
import { emptyQuery, type Field, type Query, type Term } from '../query.ts'
import { relatedTo } from '../related/related.ts'
import { surveyOf } from '../related/survey.ts'
import { type OpenStores, openStores } from '../sources.ts'
import { searchable, titleUnit } from '../text/searchable.ts'
import { type Trait, Traits } from './traits.ts'

/** A session that is about the same as another. */
export interface SimilarSession {
  readonly session: Session
  /** Words that both use, those that tell the most first. */
  readonly words: readonly string[]
  /** Files that both touched; below the session's directory by their names in it. */
  readonly files: readonly string[]
  readonly score: number
}

/** So many of what a session is about are looked up, and so many of those, the rarest, other sessions are compared by. */
const lookedUp = { words: 100, files: 40 }
const comparedBy = { words: 24, files: 12 }
/** One word in common is chance. */
const leastWords = 2
/** A word in more than this share of all sessions tells them apart no more. */
const everywhere = 0.5
/** A word that fewer sessions hold tells no more: else a fork, which has every rare word, would leave no room for others. */
const fewHold = 5

const inPaths: ReadonlySet<Field> = new Set(['path'])

/**
 * Root sessions about the same as a session with its subagents, the nearest first: by rare words and by files in common. The same
 * with an index as without.
 * @param options which sessions are compared, and how many are wanted; default all of which more than a word is in common
 * @throws whatever the signal was aborted with
 */
export async function similarTo(catalog: Catalog, session: Session, options: SearchOptions = {}): Promise<SimilarSession[]> {
  const traits = traitsOf(catalog, session, options.signal)
  for (let settings = options; ; ) {
    try {
      return await compared(catalog, session, traits, settings)
    } catch (error) {
      if (!(error instanceof DamagedIndex)) throw error
      // As in a search: made anew once, and then there is still the text itself.
      const again = settings === options
      removeDatabase(error.path)
      settings = again ? { ...options } : omit(options, ['indexes'])
    }
  }
}

/** Reads what a session and its subagents are about. */
function traitsOf(catalog: Catalog, session: Session, signal: AbortSignal | undefined): Traits {
  const traits = new Traits(session.directory)
  for (const [member] of catalog.tree(session)) {
    const title = titleUnit(member)
    if (title) traits.add(title)
    for (const stored of catalog.messages(member.id)) {
      signal?.throwIfAborted()
      for (const unit of searchable(stored).units) traits.add(unit)
    }
  }
  return traits
}

async function compared(catalog: Catalog, session: Session, traits: Traits, options: SearchOptions): Promise<SimilarSession[]> {
  const stores = await openStores(catalog, emptyQuery, options)
  try {
    const own = new Set(Array.from(catalog.tree(session), ([member]) => member.id))
    const terms = await tellingTerms(stores, traits, own)
    if (terms.length === 0) return []
    const query = queryOf(terms)
    const surveyors = stores.surveyorsOf(query, { only: null, without: own })
    const groups = await relatedTo(query, surveyors, options.now ?? Date.now(), options.signal)
    const near = groups.filter((group) => isNear(group, terms))
    return best(near, options, options.limit ?? near.length).flatMap((group) => similarOf(catalog, group, terms))
  } finally {
    stores.close()
  }
}

/** What other sessions are compared by, the rarest first. */
async function tellingTerms(stores: OpenStores, traits: Traits, own: ReadonlySet<SessionID>): Promise<Term[]> {
  const words = traits.words(lookedUp.words)
  const stop = stopWordsIn(words.map(({ name }) => name))
  const asked = words.filter(({ name }) => !stop.has(name)).map((word) => termOf(word, null, words[0]!.weight))
  const files = traits.files(lookedUp.files).map((file) => termOf(file, inPaths, file.weight))
  const all = [...asked, ...files]
  const survey = surveyOf(
    await Promise.all(stores.surveyorsOf(queryOf(all), { only: null, without: own }).map((surveyor) => surveyor.survey())),
  )
  const rarity = (at: number) => Math.log(1 + survey.sessions / Math.max(fewHold, survey.holding[at]!))
  const known = all
    .map((term, at) => ({ term, holding: survey.holding[at] ?? 0, worth: (term.near?.worth ?? 1) * rarity(at) }))
    .filter(({ holding }) => holding > 0 && holding <= Math.max(1, survey.sessions * everywhere))
    .sort((a, b) => b.worth - a.worth || (a.term.typed < b.term.typed ? -1 : 1))
    .map(({ term }) => term)
  return [
    ...known.filter(({ fields }) => fields === null).slice(0, comparedBy.words),
    ...known.filter(({ fields }) => fields !== null).slice(0, comparedBy.files),
  ]
}

/** What a session says often counts more than what it says once, but not as often. */
function termOf({ name, tokens, weight }: Trait, fields: Term['fields'], most: number): Term {
  const near = { typed: name, worth: Math.sqrt(weight / most) }
  return { kind: 'words', typed: name, fields, near, tokens, prefix: false, literal: true, exact: null }
}

const queryOf = (terms: readonly Term[]): Query => ({ ...emptyQuery, clauses: terms.map((term) => [term]) })

/** Which terms the sessions of a group hold. */
function heldBy({ found }: Group, terms: readonly Term[]): Term[] {
  const members = [...found.values()]
  const holds = (at: number) => members.some((member) => member.found.evidence.counts[at]!.some((count) => count > 0))
  return terms.filter((_term, at) => holds(at))
}

function isNear(group: Group, terms: readonly Term[]): boolean {
  const held = heldBy(group, terms)
  return held.length >= leastWords || held.some(({ fields }) => fields !== null)
}

function similarOf(catalog: Catalog, group: Group, terms: readonly Term[]): SimilarSession[] {
  const members = [...group.found.values()].sort((a, b) => b.score.score - a.score.score)
  const session = catalog.session(group.root) ?? catalog.session(members[0]!.found.id)
  if (!session) return [] // deleted since
  const held = heldBy(group, terms)
  const names = (isFile: boolean) => held.filter(({ fields }) => (fields !== null) === isFile).map(({ typed }) => typed)
  return [{ session, words: names(false), files: names(true), score: members[0]!.score.score }]
}
