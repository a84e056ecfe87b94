import { OcvaultError } from '../../base/errors.ts'
import { nameOfProblem, type Problem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { MessageQuery, SessionFilter, Store, StoredMessage, StoredSession } from '../store.ts'
import { usesAgentAndModel } from './agent-and-model.ts'
import { findDetached } from './detached.ts'
import { type DiscoverOptions, type Discovery, discover, type FoundStore } from './discover.ts'
import { held } from './hold.ts'
import { findLinks } from './links.ts'
import { resolveID } from './resolve.ts'
import type { CatalogFilter, Detached, Session } from './session.ts'
import { maybeStranded, type Stranded, strandedBecause } from './stranded.ts'
import { type Candidate, followersOf, holdersOf, holdersOfCandidates, merged } from './union.ts'
import { withUsage } from './usage.ts'

export type { CatalogFilter, Copy, Session } from './session.ts'
export type { Stranded } from './stranded.ts'

/** How many sessions are looked up together: few at first, so that a short answer comes at once. */
const firstBatch = 64
const largestBatch = 1024

/** Every session of every store, each once. Reading only; streams; nothing but ids is kept. */
export class Catalog {
  #discovery: Discovery
  readonly #noted = new Map<string, readonly Problem[]>()
  #generation: string | undefined
  #links: ReadonlyMap<SessionID, SessionID> | undefined
  #detached: ReadonlyMap<SessionID, Detached> | undefined

  constructor(discovery: Discovery) {
    this.#discovery = discovery
  }

  get stores(): readonly FoundStore[] {
    return this.#discovery.stores
  }

  /**
   * A text that stays the same as long as nothing moved in any store, and no store came or went. Costs a look at the files, and
   * reads none. What was written in the last seconds counts as moving.
   */
  generation(): string {
    return this.#discovery.generation()
  }

  /**
   * Files and folders one of which changes with everything that changes in any store, and when one comes or goes; null where
   * there are too many, because a store is a tree of files.
   */
  files(): readonly string[] | null {
    const files = [...this.#discovery.looked]
    for (const { store } of this.stores) {
      if (store.kind !== 'sqlite-v1' && store.kind !== 'sqlite-v2') return null
      files.push(store.path, `${store.path}-wal`)
    }
    return files
  }

  /**
   * Takes in what moved since the catalog was opened, or refreshed last: stores that came, went or grew. Rows of a database are
   * always read as they are now; headers of a JSON tree, the list of stores and what follows from them are those of the last
   * refresh. Not while a list is being read.
   * @returns whether anything may have moved
   */
  refresh(): boolean {
    const generation = this.generation()
    if (generation === this.#generation) return false
    this.#discovery = this.#discovery.again()
    this.#generation = generation
    this.#links = undefined
    this.#detached = undefined
    return true
  }

  /** Sessions that pass the filter, each once, in the filter's order. A session is judged by its leading copy. */
  *sessions(filter: CatalogFilter = {}): Iterable<Session> {
    const { sort, ...stored } = filter
    const { roots, parentIDs, ...conditions } = stored
    const also = roots ? [...this.detached().keys()] : parentIDs ? [...this.links().keys()] : []
    let batch: Candidate[] = []
    let size = firstBatch
    for (const candidate of merged(this.stores, stored, sort, { ids: also, conditions })) {
      batch.push(candidate)
      if (batch.length < size) continue
      yield* this.#complete(batch, filter)
      batch = []
      size = Math.min(size * 2, largestBatch)
    }
    yield* this.#complete(batch, filter)
  }

  *#complete(batch: readonly Candidate[], filter: CatalogFilter): Iterable<Session> {
    if (batch.length === 0) return
    const holders = holdersOfCandidates(this.stores, batch)
    const leading = batch.filter(({ header, from }) => holders.get(header.id)?.[0]?.found === from)
    const links = this.links()
    const detached = this.detached()
    const wanted = leading.flatMap(({ header }) => {
      const parentID = header.parentID ?? links.get(header.id) ?? null
      if (filter.roots && parentID !== null && !detached.has(header.id)) return []
      const child = parentID !== null && !detached.has(header.id)
      if (filter.parentIDs && !(child && filter.parentIDs.includes(parentID))) return []
      return [parentID === header.parentID ? header : { ...header, parentID }]
    })
    const children = this.#childIDs(wanted.map((header) => header.id))
    for (const header of wanted) {
      if (!usesAgentAndModel(header, filter, () => this.messages(header.id, { parts: false }))) continue
      const copies = (holders.get(header.id) ?? []).map(({ found, updated }) => {
        const { store, visible } = found
        return { store: store.kind, path: store.path, updated, visible: store.remains().has(header.id) ? [] : visible }
      })
      const leader = holders.get(header.id)?.[0]?.found
      const remains = leader?.store.remains().get(header.id)
      const kept = holders.get(header.id)?.every(({ found }) => found.beside) ? leader?.store.path : undefined
      const marks = {
        ...(detached.has(header.id) && { detached: detached.get(header.id)! }),
        ...(remains && { remains }),
        ...(kept !== undefined && { kept }),
      }
      yield { ...header, ...marks, subagents: children.get(header.id)?.size ?? 0, copies }
    }
  }

  #childIDs(parents: readonly SessionID[]): Map<SessionID, Set<SessionID>> {
    const children = new Map<SessionID, Set<SessionID>>()
    const detached = this.detached()
    const add = (parent: SessionID, child: SessionID) => {
      const set = children.get(parent)
      if (detached.has(child)) return
      if (set) set.add(child)
      else children.set(parent, new Set([child]))
    }
    for (const { store } of this.stores) for (const [parent, child] of store.children(parents)) add(parent, child)
    for (const [child, parent] of this.links()) add(parent, child)
    return children
  }

  /**
   * Parents of sessions whose own record names none: [child, parent]. Nearly always empty; where it is not, the first call reads
   * the transcripts that can tell.
   */
  links(): ReadonlyMap<SessionID, SessionID> {
    this.#links ??= findLinks(this.stores)
    return this.#links
  }

  /** Sessions that name a parent and are roots all the same, and why. Nearly always empty. */
  detached(): ReadonlyMap<SessionID, Detached> {
    this.#detached ??= findDetached(this.stores)
    return this.#detached
  }

  /** For each store the sessions of which another store has the leading copy. */
  followers(): ReadonlyMap<FoundStore, ReadonlySet<SessionID>> {
    return followersOf(this.stores)
  }

  session(id: SessionID): Session | undefined {
    const lead = this.#lead(id)
    const header = lead?.store.session(id)
    if (!lead || !header) return undefined
    return [...this.#complete([{ header, from: lead }], {})][0]
  }

  #lead(id: SessionID): FoundStore | undefined {
    return holdersOf(this.stores, [id]).get(id)?.[0]?.found
  }

  /** The subagents that a session started, oldest first. */
  children(id: SessionID): Session[] {
    const ids = this.#childIDs([id]).get(id) ?? []
    const sessions = [...ids].map((child) => this.session(child)).filter((session) => session !== undefined)
    return sessions.sort((a, b) => a.time.created - b.time.created || (a.id < b.id ? -1 : 1))
  }

  /** A session and everything below it, each with its depth; a session whose parents go round in a circle comes once. */
  *tree(session: Session, depth = 0, above: readonly SessionID[] = []): Iterable<readonly [Session, number]> {
    yield [session, depth]
    if (session.subagents === 0) return
    const path = [...above, session.id]
    for (const child of this.children(session.id)) if (!path.includes(child.id)) yield* this.tree(child, depth + 1, path)
  }

  /** The sessions with what their messages used, where their headers do not tell it: see {@link withUsage}. */
  withUsage(sessions: readonly Session[]): Session[] {
    const holders = holdersOf(this.stores, [...new Set(sessions.map(({ id }) => id))])
    const told = new Map(sessions.map((session) => [session.id, session]))
    for (const { store } of this.stores) {
      const own = [...told.values()].filter(({ id }) => holders.get(id)?.[0]?.found.store === store)
      for (const session of withUsage(store, own)) told.set(session.id, session)
    }
    return sessions.map(({ id }) => told.get(id)!)
  }

  /** The messages of a session's leading copy, as stored, in reading order. */
  messages(id: SessionID, query: MessageQuery = {}): Iterable<StoredMessage> {
    return this.#lead(id)?.store.messages(id, query) ?? []
  }

  /** The whole session as its leading copy stores it. */
  stored(id: SessionID): StoredSession | undefined {
    const store = this.#lead(id)?.store
    const info = store?.info(id)
    return store && info && { ...info, messages: { [Symbol.iterator]: () => store.messages(id)[Symbol.iterator]() } }
  }

  /**
   * The id that a person means: an id, the unique beginning of one, with or without `ses_`, or `latest`.
   * @param scope where `latest` looks
   * @throws OcvaultError `not-found`, or `usage` when more than one session begins so
   */
  resolve(name: string, scope: Pick<SessionFilter, 'project'> = {}): SessionID {
    if (name === 'latest') {
      for (const session of this.sessions({ ...scope, roots: true })) return session.id
      throw new OcvaultError('not-found', 'no session here yet', { hint: 'all-projects' })
    }
    return resolveID(this.stores, name)
  }

  /** Those of these sessions (of all, newest first) that no OpenCode on this machine shows, or that 2.x did not take over. */
  *stranded(sessions?: Iterable<Session>): Iterable<Stranded> {
    for (const session of sessions ?? this.#maybeStranded()) {
      const reason = strandedBecause(this.stores, session)
      if (reason !== null) yield { session, reason }
    }
  }

  #maybeStranded(): Iterable<Session> {
    const ids = maybeStranded(this.stores)
    if (ids.size === 0) return []
    return Iterator.from(this.sessions()).filter(({ id }) => ids.has(id))
  }

  /**
   * Does work that reads every database as it is at one moment: short, because OpenCode's log grows meanwhile.
   * @throws StoreChanged when it could not be so; and what the work throws
   */
  held<T>(work: () => T | Promise<T>): Promise<T> {
    return held(this.stores, work)
  }

  /** Takes down what could not be read of a store when somebody read it before, in place of what was taken down of it. */
  note({ path }: Store, problems: readonly Problem[]): void {
    this.#noted.set(path, problems)
  }

  /** Looks in every store for damage that reading alone does not meet, as {@link Store.check} has it. */
  check(): Problem[] {
    return this.stores.flatMap(({ store }) => [...store.check()])
  }

  /** Everything that could not be read so far, or is known not to be readable; each once. */
  problems(): Problem[] {
    const read = [...this.#discovery.problems, ...this.stores.flatMap(({ store }) => store.problems())]
    const all = [...read, ...[...this.#noted.values()].flat()]
    return [...new Map(all.map((problem) => [nameOfProblem(problem), problem])).values()]
  }

  close(): void {
    for (const { store } of this.stores) store.close()
  }
}

/**
 * Finds every OpenCode session on this machine, or under the given roots.
 * @throws OcvaultError when a root does not exist or holds no sessions
 * @example
 * const catalog = openCatalog()
 * for (const session of catalog.sessions({ roots: true })) console.log(session.id, session.title)
 * catalog.close()
 */
export function openCatalog(options: DiscoverOptions = {}): Catalog {
  return new Catalog(discover(options))
}
