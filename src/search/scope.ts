import { parseTime } from '../base/time.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { projectScope } from '../stores/catalog/project-scope.ts'
import { matches } from '../stores/filter.ts'
import type { SessionFilter } from '../stores/store.ts'
import type { SearchOptions } from './options.ts'
import type { Query } from './query.ts'
import type { Scope } from './source.ts'

/**
 * Which sessions are searched at all, by the options and by what the query says of sessions.
 * @returns `everything` when that is every session
 */
export function scopeOf(catalog: Catalog, query: Query, options: SearchOptions): { scope: Scope; everything: boolean } {
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
  const except = prefix === undefined ? (options.except ?? new Set()) : new Set()
  const passes = scopeOfFilter(filter)
  const everything = Object.keys(filter).length === 0 && prefix === undefined && except.size === 0
  return { scope: (session) => named(session.id) && !except.has(session.id) && passes(session), everything }
}

/** The sessions that pass a filter that asks nothing of titles and parents: an index knows neither. */
export const scopeOfFilter =
  (filter: SessionFilter): Scope =>
  (session) =>
    matches({ ...session, title: null, slug: null, parentID: null }, filter)
