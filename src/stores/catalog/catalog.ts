import { OcvaultError } from '../../base/errors.ts'
import type { Problem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { sessionOrder, subagentTitle } from '../filter.ts'
import { usedIn } from '../session-info.ts'
import type { MessageQuery, SessionFilter, SessionHeader, StoredMessage, StoredSession, StoreKind } from '../store.ts'
import { type DiscoverOptions, type Discovery, discover, type FoundStore, type Generation } from './discover.ts'
import { taskCalls } from './subagents.ts'

/** One of the places where a session stands. */
export interface Copy {
  readonly store: StoreKind
  readonly path: string
  readonly updated: number
  /** Which generations of OpenCode show this copy; none: it is stranded, or in a file. */
  readonly visible: readonly Generation[]
}

/** A session of the union over all stores: the header is that of its leading copy. */
export interface Session extends SessionHeader {
  /** How many subagents it started itself. */
  readonly subagents: number
  /** The leading copy first. */
  readonly copies: readonly Copy[]
}

export interface CatalogFilter extends SessionFilter {
  /** The name of an agent, in any case. */
  readonly agent?: string
  /** Part of `provider/model`, in any case. */
  readonly model?: string
}

/** A session that no OpenCode here shows, or that 2.x will not. */
export interface Stranded {
  readonly session: Session
  readonly reason: string
}

/** Ties between copies go to the newer generation. */
const rank: readonly StoreKind[] = ['sqlite-v2', 'sqlite-v1', 'json-tree', 'json-slug', 'home-folder', 'export-file']

const notCopied = 'OpenCode 2.x copied the 1.x sessions once, without this one: only OpenCode 1.x shows it'

/** How many sessions are looked up together: few at first, so that a short answer comes at once. */
const firstBatch = 64
const largestBatch = 1024

interface Placed {
  readonly found: FoundStore
  readonly updated: number
}

const leadingFirst = (a: Placed, b: Placed) =>
  b.updated - a.updated || rank.indexOf(a.found.store.kind) - rank.indexOf(b.found.store.kind)

/** Every session of every store, each once. Reading only; streams; nothing but ids is kept. */
export class Catalog {
  readonly stores: readonly FoundStore[]
  readonly #problems: readonly Problem[]
  #links: Map<SessionID, SessionID> | undefined

  constructor({ stores, problems }: Discovery) {
    this.stores = stores
    this.#problems = problems
  }

  /** Sessions that pass the filter, each once, in the filter's order. A session is judged by its leading copy. */
  *sessions(filter: CatalogFilter = {}): Iterable<Session> {
    const { roots, parentIDs, ...conditions } = filter
    const links = roots || parentIDs ? this.#linked() : undefined
    let batch: { header: SessionHeader; from: FoundStore }[] = []
    let size = firstBatch
    for (const candidate of this.#merged(parentIDs && links?.size ? conditions : filter)) {
      batch.push(candidate)
      if (batch.length < size) continue
      yield* this.#complete(batch, filter)
      batch = []
      size = Math.min(size * 2, largestBatch)
    }
    yield* this.#complete(batch, filter)
  }

  /** Headers of all stores in one order; an id comes once for each of its copies that passes. */
  *#merged(filter: SessionFilter): Iterable<{ header: SessionHeader; from: FoundStore }> {
    const order = sessionOrder(filter.sort)
    const heads = this.stores.map((from) => ({
      from,
      rest: from.store.sessions(filter)[Symbol.iterator](),
      header: undefined as SessionHeader | undefined,
    }))
    for (const head of heads) head.header = head.rest.next().value
    for (;;) {
      let first: (typeof heads)[number] | undefined
      for (const head of heads) {
        if (head.header && (!first || order(head.header, first.header!) < 0)) first = head
      }
      if (!first?.header) return
      yield { header: first.header, from: first.from }
      first.header = first.rest.next().value
    }
  }

  *#complete(batch: readonly { header: SessionHeader; from: FoundStore }[], filter: CatalogFilter): Iterable<Session> {
    if (batch.length === 0) return
    const places = this.#places(batch)
    const leading = batch.filter(({ header, from }) => places.get(header.id)?.[0]?.found === from)
    const links = this.#links
    const wanted = leading.flatMap(({ header }) => {
      const parentID = header.parentID ?? links?.get(header.id) ?? null
      if (filter.roots && parentID !== null) return []
      if (filter.parentIDs && (parentID === null || !filter.parentIDs.includes(parentID))) return []
      return [parentID === header.parentID ? header : { ...header, parentID }]
    })
    const children = this.#childIDs(wanted.map((header) => header.id))
    for (const header of wanted) {
      if (!this.#usesAgentAndModel(header, filter)) continue
      const copies = (places.get(header.id) ?? []).map(({ found, updated }) => {
        const { store, visible } = found
        return { store: store.kind, path: store.path, updated, visible }
      })
      yield { ...header, subagents: children.get(header.id)?.size ?? 0, copies }
    }
  }

  /** Where each session stands, the leading copy first. With one store there is nothing to look up. */
  #places(sessions: readonly { header: SessionHeader; from: FoundStore }[]): Map<SessionID, Placed[]> {
    const places = new Map<SessionID, Placed[]>()
    const add = (id: SessionID, found: FoundStore, updated: number) => {
      const list = places.get(id)
      if (list) list.push({ found, updated })
      else places.set(id, [{ found, updated }])
    }
    if (this.stores.length === 1) for (const { header, from } of sessions) add(header.id, from, header.time.updated)
    else {
      const unique = [...new Set(sessions.map(({ header }) => header.id))]
      for (const found of this.stores) for (const [id, updated] of found.store.updated(unique)) add(id, found, updated)
    }
    for (const list of places.values()) list.sort(leadingFirst)
    return places
  }

  #childIDs(parents: readonly SessionID[]): Map<SessionID, Set<SessionID>> {
    const children = new Map<SessionID, Set<SessionID>>()
    const add = (parent: SessionID, child: SessionID) => {
      const set = children.get(parent)
      if (set) set.add(child)
      else children.set(parent, new Set([child]))
    }
    for (const { store } of this.stores) for (const [parent, child] of store.children(parents)) add(parent, child)
    for (const [child, parent] of this.#linked()) add(parent, child)
    return children
  }

  /**
   * Subagents whose record names no parent (as third-party tools and hand-made copies leave them), by what their parent's `task` call says:
   * the child's id, else the description that is in the child's title. Nearly always empty.
   */
  #linked(): Map<SessionID, SessionID> {
    if (this.#links) return this.#links
    this.#links = new Map()
    for (const { store } of this.stores) {
      for (const orphan of store.sessions({ unlinked: true })) {
        const parent = this.#parentOf(orphan)
        if (parent !== undefined) this.#links.set(orphan.id, parent)
      }
    }
    return this.#links
  }

  #parentOf(orphan: SessionHeader): SessionID | undefined {
    const description = subagentTitle(orphan.title)?.description
    const ids = new Set(orphan.projectID === null ? [] : [orphan.projectID])
    const project = { ids, directories: orphan.directory === null ? [] : [orphan.directory], except: new Set<string>() }
    let byDescription: SessionID | undefined
    for (const { store } of this.stores) {
      for (const candidate of store.sessions({ project, since: orphan.time.created, sort: 'created' })) {
        if (candidate.id === orphan.id || candidate.time.created > orphan.time.created) continue
        for (const message of store.messages(candidate.id)) {
          for (const call of taskCalls(message)) {
            if (call.sessionID === orphan.id) return candidate.id
            if (call.sessionID === null && call.description === description) byDescription ??= candidate.id
          }
        }
      }
    }
    return byDescription
  }

  /** A header says which agent and model it had last since 1.14; before, the messages say. */
  #usesAgentAndModel(header: SessionHeader, { agent, model }: CatalogFilter): boolean {
    if (agent === undefined && model === undefined) return true
    const isAgent = (name: string) => agent === undefined || name.toLowerCase() === agent.toLowerCase()
    const isModel = (name: string) => model === undefined || name.toLowerCase().includes(model.toLowerCase())
    let agentFound = agent === undefined || (header.agent !== null && isAgent(header.agent))
    let modelFound =
      model === undefined || (header.model !== null && isModel(`${header.model.providerID}/${header.model.modelID}`))
    const silent = (!agentFound && header.agent === null) || (!modelFound && header.model === null)
    if (!silent) return agentFound && modelFound
    for (const message of this.messages(header.id, { parts: false })) {
      const used = usedIn(message)
      if (used.agent !== null) agentFound ||= isAgent(used.agent)
      if (used.model !== null) modelFound ||= isModel(`${used.model.providerID}/${used.model.modelID}`)
      if (agentFound && modelFound) return true
    }
    return false
  }

  /** Parents of sessions whose own record names none: [child, parent]. Nearly always empty. */
  links(): ReadonlyMap<SessionID, SessionID> {
    return this.#linked()
  }

  /** For each store the sessions of which another store has the leading copy. */
  followers(): ReadonlyMap<FoundStore, ReadonlySet<SessionID>> {
    const followers = new Map(this.stores.map((found) => [found, new Set<SessionID>()]))
    for (const [at, found] of this.stores.entries()) {
      if (at === 0) continue
      const ids = [...found.store.sessions()].map(({ id }) => id)
      const placed = new Map<SessionID, Placed[]>()
      for (const other of this.stores.slice(0, at + 1)) {
        for (const [id, updated] of other.store.updated(ids))
          placed.set(id, [...(placed.get(id) ?? []), { found: other, updated }])
      }
      for (const [id, places] of placed) {
        for (const { found: behind } of places.sort(leadingFirst).slice(1)) followers.get(behind)!.add(id)
      }
    }
    return followers
  }

  session(id: SessionID): Session | undefined {
    this.#linked()
    const lead = this.#lead(id)
    const header = lead?.store.session(id)
    if (!lead || !header) return undefined
    return [...this.#complete([{ header, from: lead }], {})][0]
  }

  #lead(id: SessionID): FoundStore | undefined {
    const placed = this.stores.flatMap((found) => {
      const updated = found.store.updated([id]).get(id)
      return updated === undefined ? [] : [{ found, updated }]
    })
    return placed.sort(leadingFirst)[0]?.found
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
    const ids = new Set<SessionID>()
    for (const prefix of name.startsWith('ses_') ? [name] : [name, `ses_${name}`]) {
      for (const { store } of this.stores) for (const id of store.idsStartingWith(prefix, 4)) ids.add(id)
    }
    if (ids.has(name)) return name
    if (ids.has(`ses_${name}`)) return `ses_${name}`
    const [first, ...others] = ids
    if (first === undefined) throw new OcvaultError('not-found', `no session ${JSON.stringify(name)}`, { hint: 'list' })
    if (others.length > 0)
      throw new OcvaultError(
        'usage',
        `${JSON.stringify(name)} begins more than one session id: ${[...ids].slice(0, 4).join(', ')}`,
      )
    return first
  }

  /** Those of these sessions (of all, newest first) that no OpenCode on this machine shows, or that 2.x did not take over. */
  *stranded(sessions: Iterable<Session> = this.sessions()): Iterable<Stranded> {
    for (const session of sessions) {
      const reason = this.#strandedBecause(session)
      if (reason !== null) yield { session, reason }
    }
  }

  #strandedBecause({ copies }: Session): string | null {
    if (copies.some((copy) => copy.visible.includes('v2'))) return null
    const found = this.stores.filter(({ store }) => copies.some((copy) => copy.path === store.path && copy.store === store.kind))
    if (found.some((place) => place.frozen && place.visible.length > 0)) return notCopied
    if (copies.some((copy) => copy.visible.length > 0)) return null
    return found.find((place) => place.hidden !== null)?.hidden ?? null
  }

  /**
   * Does work that reads every database as it is at one moment: short, because OpenCode's log grows meanwhile.
   * @throws StoreChanged when it could not be so; and what the work throws
   */
  async held<T>(work: () => T | Promise<T>): Promise<T> {
    const release = this.#hold()
    let result: T
    try {
      result = await work()
    } catch (error) {
      try {
        release()
      } catch {
        // What went wrong first says more.
      }
      throw error
    }
    release()
    return result
  }

  #hold(): () => void {
    const held: (() => void)[] = []
    const release = () => {
      let failure: unknown
      for (const end of held.splice(0)) {
        try {
          end()
        } catch (error) {
          failure ??= error
        }
      }
      if (failure !== undefined) throw failure
    }
    try {
      for (const { store } of this.stores) held.push(store.hold())
    } catch (error) {
      release()
      throw error
    }
    return release
  }

  /** Everything that could not be read so far. */
  problems(): Problem[] {
    return [...this.#problems, ...this.stores.flatMap(({ store }) => store.problems())]
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
