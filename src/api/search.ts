import type { SessionID } from '../opencode/ids.ts'
import type { SearchResult } from '../search/hits.ts'
import { indexFolder } from '../search/index/cache-dir.ts'
import { pack } from '../search/index/packing.ts'
import { refresh } from '../search/index/refresh.ts'
import type { SearchOptions } from '../search/options.ts'
import { search } from '../search/search.ts'
import { suggestion } from '../search/suggestion.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { ProjectScope, Store } from '../stores/store.ts'
import type { Request } from './requests.ts'
import { isInsideOpenCode, runningSessions } from './running-session.ts'
import { scopeOf, timeOf } from './sessions.ts'

/** What is told while a search runs, and how it is ended. */
export type Watch = Pick<SearchOptions, 'progress' | 'unindexed' | 'signal'>

/** A search that is ready to run. */
export interface Search {
  /**
   * Tier after tier, in each best first or as it was asked for; each result is made when it is asked for. Ask for a `limit`, or
   * for one tier: without, what is only near is looked for when nothing else was found.
   */
  readonly results: AsyncIterable<SearchResult>
  /** What to search for instead, where nothing answers exactly; null where nothing is near. */
  suggestion(): Promise<string | null>
  /**
   * What was put off so that nobody waits for it: now and then indexes are compared with every row of their stores, which finds
   * what was edited behind OpenCode's back; and those that got too large are packed. To be called when the answer is given; what
   * lives on has `Aftercare` for it.
   * @param signal ends it; default what ends the search
   */
  afterwards(signal?: AbortSignal): Promise<void>
}

/**
 * Sessions by what was said and done in them.
 * @throws OcvaultError `usage` for a query that is none, as results are asked for
 */
export async function searchSessions(catalog: Catalog, request: Request<'search'>, watch: Watch = {}): Promise<Search> {
  const query = [...(request.session === undefined ? [] : [`session:${request.session}`]), request.query].join(' ')
  const options = { ...(await optionsOf(catalog, request)), ...watch }
  const due = new Set<Store>()
  const afterwards = async (signal = watch.signal) => {
    for (const store of due) await lookAfter(store, signal)
  }
  const watched = { ...options, checkDue: (store: Store) => due.add(store) }
  return { results: search(catalog, query, watched), suggestion: () => suggestion(catalog, query, options), afterwards }
}

async function lookAfter(store: Store, signal: AbortSignal | undefined): Promise<void> {
  try {
    const { index } = await refresh(store, { folder: indexFolder(thisMachine()), thorough: true, ...(signal && { signal }) })
    try {
      pack(index)
    } finally {
      index.close()
    }
  } catch {
    // The answer is given. What keeps the index from being written stands in the way of the next search, too, which tells it.
  }
}

async function optionsOf(catalog: Catalog, request: Request<'search'>): Promise<SearchOptions> {
  const { since, until, archived, role, kind, tool, agent, model, paths, context, limit = 0, sort, tier, index = true } = request
  const project = await scopeOf(catalog, request.project)
  const asking = await sessionsAsking(catalog, request)
  // Asked of a whole project, all of its sessions are equally near.
  const here = project ? undefined : await nearby(catalog, request.here)
  return {
    ...(project && { project }),
    ...(here && { here }),
    ...(since !== undefined && { since: timeOf(since) }),
    ...(until !== undefined && { until: timeOf(until) }),
    ...(archived !== undefined && { archived }),
    ...(asking.size > 0 && { except: asking }),
    units: {
      ...(role && { role }),
      ...(kind && { kind }),
      ...(tool && { tool }),
      ...(agent && { agent }),
      ...(model && { model }),
    },
    ...(paths && { paths }),
    ...(request.in && { in: request.in.flatMap((areas) => areas.split(',')) }),
    ...(request.case && { case: true }),
    ...(context !== undefined && { context }),
    ...(limit > 0 && { limit }),
    ...(index && { indexes: indexFolder(thisMachine()) }),
    ...(sort && { sort }),
    ...(tier && { tier }),
  }
}

/** The session inside of which this is asked, and those that it works for: they are full of what they ask. */
async function sessionsAsking(catalog: Catalog, { project, here }: Request<'search'>): Promise<ReadonlySet<SessionID>> {
  const asking = new Set<SessionID>()
  if (!isInsideOpenCode()) return asking
  for (const session of runningSessions(catalog, await nearby(catalog, project ?? here))) {
    let at: Session | undefined = session
    for (; at && !asking.has(at.id); at = at.parentID === null ? undefined : catalog.session(at.parentID)) asking.add(at.id)
  }
  return asking
}

/** The project of a directory; none where the directory is gone, because nothing but an order hangs on it. */
async function nearby(catalog: Catalog, directory: string | undefined): Promise<ProjectScope | undefined> {
  try {
    return await scopeOf(catalog, directory)
  } catch {
    return undefined
  }
}
