import { OcvaultError } from '../base/errors.ts'
import { parseTime } from '../base/time.ts'
import type { Catalog, CatalogFilter, Session } from '../stores/catalog/catalog.ts'
import type { ProjectScope } from '../stores/store.ts'
import type { Choice, Request, Selection } from './requests.ts'

/** A time of a request, in ms since the epoch. @throws OcvaultError `usage` */
export const timeOf = (time: string | number): number => (typeof time === 'number' ? time : parseTime(time))

/** The project of a directory; none where no directory is said. Loaded here, because many questions are of one session. */
export async function scopeOf(catalog: Catalog, directory: string | undefined): Promise<ProjectScope | undefined> {
  if (directory === undefined) return undefined
  const { projectScope } = await import('../stores/catalog/project-scope.ts')
  return projectScope(catalog.stores, directory)
}

/** A selection as the catalog takes it. @throws OcvaultError `usage` for a time that is none */
export async function filterOf(catalog: Catalog, selection: Selection): Promise<CatalogFilter> {
  const { text = [], since, until, agent, model, title, archived } = selection
  const project = await scopeOf(catalog, selection.project)
  return {
    ...(project && { project }),
    ...(text.length > 0 && { text }),
    ...(since !== undefined && { since: timeOf(since) }),
    ...(until !== undefined && { until: timeOf(until) }),
    ...(agent !== undefined && { agent }),
    ...(model !== undefined && { model }),
    ...(title !== undefined && { title }),
    ...(archived !== undefined && { archived }),
  }
}

/** A session in a list, and how many sessions it stands below. */
export type Listed = readonly [session: Session, depth: number]

/** Sessions in order, each read when it is asked for. */
export async function listSessions(catalog: Catalog, request: Request<'list'>): Promise<Iterable<Listed>> {
  const { sort, tree = false, subagents = false, limit = 0, usage = false } = request
  const filter = { ...(await filterOf(catalog, request)), ...(sort && { sort }), roots: tree || !subagents }
  const listed = listedIn(catalog, filter, tree)
  const some = limit === 0 ? listed : listed.take(limit)
  return usage ? withUsage(catalog, some) : some
}

/** Messages of many sessions are read together: of few at first, so that a short answer comes at once. */
function* withUsage(catalog: Catalog, listed: Iterable<Listed>): Generator<Listed, undefined> {
  let batch: Listed[] = []
  let size = 64
  const told = (some: readonly Listed[]) => {
    const sessions = catalog.withUsage(some.map(([session]) => session))
    return sessions.map((session, at): Listed => [session, some[at]![1]])
  }
  for (const one of listed) {
    batch.push(one)
    if (batch.length < size) continue
    yield* told(batch)
    batch = []
    size = Math.min(size * 2, 1024)
  }
  yield* told(batch)
}

function* listedIn(catalog: Catalog, filter: CatalogFilter, tree: boolean): Generator<Listed, undefined> {
  for (const session of catalog.sessions(filter)) {
    if (tree) yield* catalog.tree(session)
    else yield [session, 0]
  }
}

/**
 * The session that a person names: an id, the beginning of one, or `latest`.
 * @param directory whose project `latest` looks in; else everywhere
 * @throws OcvaultError `not-found`, `usage` when the name is not unique, `failed` when its row is lost
 */
export async function sessionNamed(catalog: Catalog, name: string, directory?: string): Promise<Session> {
  const project = name === 'latest' ? await scopeOf(catalog, directory) : undefined
  const id = catalog.resolve(name, project && { project })
  const session = catalog.session(id)
  if (!session) throw new OcvaultError('failed', `session ${id} is there, but cannot be read`)
  return session
}

/**
 * The sessions that are named, in that order, else those that are selected, without the sessions of subagents.
 * @throws OcvaultError what {@link sessionNamed} throws
 */
export async function chosenSessions(catalog: Catalog, choice: Choice): Promise<Iterable<Session>> {
  const { sessions = [], project } = choice
  if (sessions.length === 0) return catalog.sessions({ ...(await filterOf(catalog, choice)), roots: true })
  const found: Session[] = []
  for (const name of sessions) found.push(await sessionNamed(catalog, name, project))
  return found
}

/** The session that no other has started, above this one; parents that go round in a circle end the way up. */
export function rootOf(catalog: Catalog, session: Session): Session {
  const above = new Set([session.id])
  let root = session
  for (let parent = root.parentID; parent !== null && !above.has(parent); parent = root.parentID) {
    const found = catalog.session(parent)
    if (!found) break
    above.add(parent)
    root = found
  }
  return root
}
