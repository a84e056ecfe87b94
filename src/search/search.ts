import { parseTime } from '../base/time.ts'
import type { Kind, Role } from '../conversation/message.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import type { FoundStore } from '../stores/catalog/discover.ts'
import { projectScope } from '../stores/catalog/project-scope.ts'
import { matches } from '../stores/filter.ts'
import type { ProjectScope, SessionFilter, StoredMessage } from '../stores/store.ts'
import { type Hit, termsOf } from './evidence.ts'
import { DamagedIndex, removeDatabase } from './index/index-file.ts'
import { Lookup } from './index/lookup.ts'
import { type Progress, type Refreshed, refresh } from './index/refresh.ts'
import { suggest } from './index/suggest.ts'
import { type Field, parseQuery, type Query, type QueryOptions, type Term } from './query.ts'
import { greatestScore, type Score, type Statistics, scoreOf } from './rank.ts'
import { Scan } from './scan/scan.ts'
import type { Found, Scope, Source } from './source.ts'
import { requiredLetters } from './text/literal.ts'
import { type Matcher, matcherOf, type Range } from './text/match.ts'
import { searchable, segmentsByWeight } from './text/searchable.ts'
import { snippetOf } from './text/snippet.ts'

export type SearchSort = 'relevance' | 'newest' | 'oldest'

export interface SearchOptions extends QueryOptions {
  /** Only sessions of this project. */
  readonly project?: ProjectScope
  /** Only sessions that were updated at or after, and before, in ms since the epoch. */
  readonly since?: number
  readonly until?: number
  readonly archived?: 'only' | 'no'
  /** The project that the person stands in: its sessions come first. */
  readonly here?: ProjectScope
  /** Default `relevance`. */
  readonly sort?: SearchSort
  /** At most so many results; default all. */
  readonly limit?: number
  /** How many messages around a hit come with it. */
  readonly context?: number
  /** The folder that indexes are kept in; without it every session is read. */
  readonly indexes?: string
  /** Told how far an index or a reading is. */
  readonly progress?: (activity: 'indexing' | 'reading', progress: Progress) => void
  /** Told why a store is read without an index. */
  readonly unindexed?: (path: string, error: unknown) => void
  /** The time that recency is counted from, in ms since the epoch; default now. */
  readonly now?: number
  readonly signal?: AbortSignal
}

/** A message near a hit. */
export interface ContextMessage {
  readonly messageID: MessageID
  readonly role: Role
  readonly kind: Kind
  readonly text: string
}

export interface SearchHit {
  readonly sessionID: SessionID
  /** Null for the title. */
  readonly messageID: MessageID | null
  readonly partID: string | null
  readonly role: Role | null
  readonly kind: Kind | null
  /** Type of the part. */
  readonly type: string
  readonly field: Field
  readonly tool: string | null
  /** When the message was created, in ms since the epoch. */
  readonly time: number | null
  readonly snippet: string
  /** Where the words stand in the snippet. */
  readonly marks: readonly Range[]
  /** Score of the session that the hit is in. */
  readonly score: number
  /** The words that this part holds, as they were typed. */
  readonly terms: readonly string[]
  readonly context: { readonly before: readonly ContextMessage[]; readonly after: readonly ContextMessage[] } | null
}

/** A root session with what was found in it and in its subagents. */
export interface SearchResult {
  readonly session: Session
  /** Up to three, the best first. */
  readonly hits: readonly SearchHit[]
  /** How many parts answer. */
  readonly total: number
  readonly score: Score
}

interface Group {
  readonly root: SessionID
  readonly found: Map<SessionID, { found: Found; score: Score }>
}

const hitsShown = 3

/**
 * Finds sessions by what was said and done in them. Results come best first, each once; the same with an index as without.
 * @throws OcvaultError `usage` for a query that says nothing, or that cannot be read
 * @throws whatever the signal was aborted with
 * @example
 * for await (const { session, hits } of search(catalog, 'jwt expir*', { limit: 10 })) console.log(session.title, hits[0]?.snippet)
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
      const { indexes: _, ...without } = options
      settings = again ? { ...options } : without
    }
  }
}

async function* attempt(catalog: Catalog, query: Query, options: SearchOptions): AsyncGenerator<SearchResult, void, void> {
  const sources = await openSources(catalog, query, options)
  try {
    const most = sources.reduce((sum, { source }) => sum + source.most, 0)
    const statistics = merged(await Promise.all(sources.map(({ source }) => source.statistics(most))), query)
    const ranking = rankingOf(options, statistics)
    const groups = await ranked(catalog, sources, ranking, options.limit ?? Number.POSITIVE_INFINITY, options.signal)
    const matchers = query.clauses.flat().map(matcherOf)
    for (const group of groups) {
      options.signal?.throwIfAborted()
      yield resultOf(catalog, group, matchers, options.context ?? 0)
    }
  } finally {
    for (const { close } of sources) close()
  }
}

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

interface OpenSource {
  readonly source: Source
  close(): void
}

async function openSources(catalog: Catalog, query: Query, options: SearchOptions): Promise<OpenSource[]> {
  const followers = catalog.stores.length > 1 ? catalog.followers() : new Map<FoundStore, ReadonlySet<SessionID>>()
  const { scope, everything } = scopeOf(catalog, query, options)
  const inHere = options.here
  const here: Scope | null = inHere
    ? (session) => matches({ ...session, title: null, slug: null, parentID: null }, { project: inHere })
    : null
  const sources: OpenSource[] = []
  try {
    for (const found of catalog.stores) {
      const without = followers.get(found) ?? new Set<SessionID>()
      const refreshed = await indexOf(found, options)
      const reading = (only?: ReadonlySet<SessionID>, except: ReadonlySet<SessionID> = without) => {
        const { signal, progress } = options
        const limits = { ...(only && { only }), ...(signal && { signal }) }
        const told = progress && !only ? { progress: (at: Progress) => progress('reading', at) } : {}
        return new Scan(found.store, query, { scope, here, links: catalog.links(), without: except, ...limits, ...told })
      }
      if (!refreshed) {
        sources.push({ source: reading(), close: () => {} })
        continue
      }
      const { index, stale } = refreshed
      const settings = { scope, everything, here, links: catalog.links(), without: new Set([...without, ...stale]) }
      index.db.exec('BEGIN')
      sources.push({
        source: indexed(
          new Lookup(index, found.store, query, settings),
          query,
          (part) => new Lookup(index, found.store, part, settings),
          reading,
        ),
        close: () => index.close(),
      })
      if (stale.size > 0) sources.push({ source: reading(stale), close: () => {} })
    }
  } catch (error) {
    for (const { close } of sources) close()
    throw error
  }
  return sources
}

async function indexOf(
  { store }: FoundStore,
  { indexes, progress, unindexed, signal }: SearchOptions,
): Promise<Refreshed | null> {
  // A file of one session has been read by now.
  if (indexes === undefined || store.kind === 'export-file') return null
  try {
    const told = progress ? { progress: (at: Progress) => progress('indexing', at) } : {}
    return await refresh(store, { folder: indexes, ...told, ...(signal && { signal }) })
  } catch (error) {
    signal?.throwIfAborted()
    unindexed?.(store.path, error)
    return null
  }
}

/**
 * The index answers for words; where case counts, or for expressions, it narrows down which sessions have to be read: those with the other
 * words, and with the letters that an expression cannot be met without.
 */
function indexed(
  lookup: Lookup,
  query: Query,
  lookupOf: (query: Query) => Lookup,
  reading: (only?: ReadonlySet<SessionID>) => Scan,
): Source {
  const needsText = (term: Term) => term.kind === 'regex' || (term.kind === 'words' && term.exact !== null)
  if (!termsOf(query).some(needsText)) return lookup
  const clauses = query.clauses.filter((terms) => terms.every((term) => term.kind !== 'regex'))
  let scan: Promise<Scan> | undefined
  const narrowed = () => {
    scan ??= (async () => {
      let only: ReadonlySet<SessionID> | undefined
      for (const terms of query.clauses) {
        const [term] = terms
        const letters = terms.length === 1 && term?.kind === 'regex' ? requiredLetters(term.regex.source) : ''
        const held = letters === '' ? null : lookup.sessionsWith(letters)
        if (held) only = only ? new Set([...only].filter((id) => held.has(id))) : held
      }
      if (clauses.length > 0) {
        const narrow = lookupOf({ ...query, clauses, excluded: query.excluded.filter((term) => !needsText(term)) })
        const met = new Set<SessionID>()
        for await (const { found } of narrow.batches()) for (const { id } of found) if (!only || only.has(id)) met.add(id)
        only = met
      }
      return reading(only)
    })()
    return scan
  }
  return {
    most: lookup.most,
    statistics: (most) => lookup.statistics(most),
    async *batches() {
      yield* (await narrowed()).batches()
    },
    among: async (ids) => (await narrowed()).among(ids),
  }
}

function scopeOf(catalog: Catalog, query: Query, options: SearchOptions): { scope: Scope; everything: boolean } {
  const inline = query.sessions
  const time = (key: string) => (inline.has(key) ? parseTime(inline.get(key)!) : undefined)
  const project = inline.has('project') ? projectScope(catalog.stores, inline.get('project')!) : options.project
  const since = time('since') ?? options.since
  const until = time('until') ?? options.until
  const { archived } = options
  const filter: SessionFilter = {
    ...(project && { project }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(archived && { archived }),
  }
  const prefix = inline.get('session')
  const named = (id: string) => prefix === undefined || id.startsWith(prefix) || id.startsWith(`ses_${prefix}`)
  const everything = Object.keys(filter).length === 0 && prefix === undefined
  const scope: Scope = (session) => named(session.id) && matches({ ...session, title: null, slug: null, parentID: null }, filter)
  return { scope, everything }
}

function merged(parts: readonly Statistics[], query: Query): Statistics {
  const sum = (of: (part: Statistics) => number) => parts.reduce((total, part) => total + of(part), 0)
  const frequencies = query.clauses.flat().map((_, term) => sum((part) => part.frequencies[term]!))
  return { sessions: sum(({ sessions }) => sessions), messages: sum(({ messages }) => messages), frequencies }
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

function rankingOf(options: SearchOptions, statistics: Statistics): Ranking {
  const now = options.now ?? Date.now()
  const byID = (a: Ranked, b: Ranked) => (a.root < b.root ? -1 : a.root > b.root ? 1 : 0)
  const orders: Record<SearchSort, Pick<Ranking, 'compare' | 'mayPrecede'>> = {
    relevance: {
      compare: (a, b) => b.score - a.score || b.updated - a.updated || byID(a, b),
      mayPrecede: (before, last) => greatestScore(before, statistics, now, options.here !== undefined) >= last.score,
    },
    newest: { compare: (a, b) => b.updated - a.updated || byID(a, b), mayPrecede: (before, last) => before >= last.updated },
    oldest: { compare: (a, b) => a.updated - b.updated || byID(a, b), mayPrecede: () => true },
  }
  return { score: (found) => scoreOf(found.evidence, found, statistics, now), ...orders[options.sort ?? 'relevance'] }
}

async function ranked(
  catalog: Catalog,
  sources: readonly OpenSource[],
  ranking: Ranking,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Group[]> {
  const groups = new Map<SessionID, Group>()
  const add = (found: Found) => {
    const known = groups.get(found.rootID)
    const group = known ?? { root: found.rootID, found: new Map() }
    if (!known) groups.set(found.rootID, group)
    group.found.set(found.id, { found, score: ranking.score(found) })
  }
  const first = () => {
    const order = [...groups.values()].map((group) => ({ group, ...rankOf(group) }))
    return order.sort((a, b) => ranking.compare(a, b)).slice(0, limit)
  }
  const cutShort: Source[] = []
  for (const { source } of sources) {
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

function resultOf(catalog: Catalog, group: Group, matchers: readonly Matcher[], context: number): SearchResult {
  const members = [...group.found.values()].sort(
    (a, b) => b.score.score - a.score.score || b.found.updated - a.found.updated || (a.found.id < b.found.id ? -1 : 1),
  )
  const best = members[0]!
  const chosen = members.flatMap((member) => member.found.evidence.best.map((hit) => ({ ...member, hit }))).slice(0, hitsShown)
  const hits: SearchHit[] = []
  for (const { found } of members) {
    const mine = chosen.filter((one) => one.found === found)
    if (mine.length > 0) hits.push(...hitsIn(catalog, found, mine, matchers, context))
  }
  // The root may be gone, as when a parent was deleted by hand: then the session stands for itself.
  const session = catalog.session(group.root) ?? catalog.session(best.found.id)!
  return { session, hits, total: members.reduce((sum, { found }) => sum + found.evidence.total, 0), score: best.score }
}

function hitsIn(
  catalog: Catalog,
  found: Found,
  chosen: readonly { readonly hit: Hit; readonly score: Score }[],
  matchers: readonly Matcher[],
  context: number,
): SearchHit[] {
  const places = chosen.map(({ hit }) => found.locate(hit.unit))
  const ids = [...new Set(places.flatMap((place) => (place ? [place.messageID] : [])))]
  const messages = new Map(
    (ids.length > 0 ? [...found.store.messages(found.id, { ids })].map(searchable) : []).map((content) => [
      content.message.id,
      content,
    ]),
  )
  return chosen.flatMap(({ score }, at): SearchHit[] => {
    const place = places[at] ?? null
    if (place === null) {
      const title = catalog.session(found.id)?.title ?? ''
      const nothing = { messageID: null, partID: null, role: null, kind: null, tool: null, time: null, context: null }
      return [
        {
          sessionID: found.id,
          ...nothing,
          type: 'title',
          field: 'title',
          ...shown(title, matchers, 'title'),
          score: score.score,
        },
      ]
    }
    const content = messages.get(place.messageID)
    const unit = content?.units[place.unit]
    if (!content || !unit) return [] // deleted or rewritten since
    const { message } = content
    const segments = segmentsByWeight(unit)
    const segment =
      segments.find(({ field, text }) => matchers.some((matcher) => allows(matcher.term, field) && matcher.test(text))) ??
      segments[0]!
    return [
      {
        sessionID: found.id,
        messageID: message.id,
        partID: unit.partID,
        role: message.role,
        kind: message.kind,
        type: unit.type,
        field: segment.field,
        tool: unit.tool,
        time: message.time.created,
        ...shown(segment.text, matchers, segment.field),
        score: score.score,
        context: context > 0 ? around(found, message.id, context) : null,
      },
    ]
  })
}

const allows = ({ fields }: Term, field: Field) => fields === null || fields.has(field)

function shown(text: string, matchers: readonly Matcher[], field: Field): Pick<SearchHit, 'snippet' | 'marks' | 'terms'> {
  const here = matchers.filter((matcher) => allows(matcher.term, field) && matcher.test(text))
  const { text: snippet, marks } = snippetOf(text, here)
  return { snippet, marks, terms: here.map(({ term }) => term.typed).filter((typed) => typed !== '') }
}

/** The messages before and after one, each in its first words. */
function around(found: Found, messageID: MessageID, count: number): NonNullable<SearchHit['context']> {
  const ids = [...found.store.messages(found.id, { parts: false })].map(({ id }) => id)
  const at = ids.indexOf(messageID)
  const before = ids.slice(Math.max(0, at - count), at)
  const after = ids.slice(at + 1, at + 1 + count)
  const messages = new Map(
    [...found.store.messages(found.id, { ids: [...before, ...after] })].map((stored) => [stored.id, summary(stored)]),
  )
  const those = (wanted: readonly MessageID[]) => wanted.flatMap((id) => messages.get(id) ?? [])
  return { before: those(before), after: those(after) }
}

function summary(stored: StoredMessage): ContextMessage {
  const { message, units } = searchable(stored)
  const { text } = snippetOf(units.flatMap(({ segments }) => segments.map((segment) => segment.text)).join('\n'), [])
  return { messageID: message.id, role: message.role, kind: message.kind, text }
}
