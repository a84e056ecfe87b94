import { insideAny } from '../opencode/directories.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { ProjectScope, SessionFilter, SessionHeader, SessionSort } from './store.ts'

/** What a filter looks at: the part of a header that every layout can tell cheaply. */
export type Filterable = Pick<SessionHeader, 'id' | 'title' | 'slug' | 'parentID' | 'projectID' | 'directory' | 'time'>

const contains = (text: string | null, part: string) => text?.toLowerCase().includes(part) ?? false

/** Directories of scopes, made ready once to be compared with those of thousands of sessions. */
const ready = new WeakMap<ProjectScope, (directory: string) => boolean>()

function inDirectories(directory: string, scope: ProjectScope): boolean {
  const isInside = ready.get(scope) ?? insideAny(scope.directories)
  ready.set(scope, isInside)
  if (isInside(directory)) return true
  const real = scope.realDirectory?.(directory) ?? directory
  return real !== directory && isInside(real)
}

function inProject(session: Filterable, scope: ProjectScope): boolean {
  if (session.projectID !== null && scope.ids.has(session.projectID)) return true
  if (session.projectID !== null && scope.except.has(session.projectID)) return false
  return session.directory !== null && inDirectories(session.directory, scope)
}

/** Takes a title of the form that OpenCode gives subagents since 0.5, `<description> (@<agent> subagent)`, apart. */
export function subagentTitle(title: string | null): { description: string; agent: string } | undefined {
  const match = /^(.*) \(@(\S+) subagent\)$/s.exec(title ?? '')
  return match ? { description: match[1]!, agent: match[2]! } : undefined
}

/** Whether a session passes every condition of the filter. */
export function matches(session: Filterable, filter: SessionFilter): boolean {
  if (filter.roots && session.parentID !== null) return false
  if (filter.unlinked && (session.parentID !== null || subagentTitle(session.title) === undefined)) return false
  if (filter.parentIDs && (session.parentID === null || !filter.parentIDs.includes(session.parentID))) return false
  if (filter.since !== undefined && session.time.updated < filter.since) return false
  if (filter.until !== undefined && session.time.updated >= filter.until) return false
  if (filter.archived && (session.time.archived !== null) !== (filter.archived === 'only')) return false
  if (filter.project && !inProject(session, filter.project)) return false
  if (filter.title !== undefined && !contains(session.title, filter.title.toLowerCase())) return false
  const { id, title, slug, directory } = session
  return (filter.text ?? []).every((word) => [title, id, slug, directory].some((field) => contains(field, word.toLowerCase())))
}

type Sortable = Pick<SessionHeader, 'id' | 'title' | 'time'> & Partial<Pick<SessionHeader, 'cost'>>

const descending = (a: number | null, b: number | null) => (a === b ? 0 : a === null ? 1 : b === null ? -1 : b - a)
const ascending = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const keys: Record<SessionSort, (a: Sortable, b: Sortable) => number> = {
  updated: (a, b) => descending(a.time.updated, b.time.updated),
  created: (a, b) => descending(a.time.created, b.time.created),
  cost: (a, b) => descending(a.cost ?? null, b.cost ?? null),
  title: (a, b) => {
    if (a.title === null || b.title === null) return a.title === b.title ? 0 : a.title === null ? 1 : -1
    return ascending(a.title.toLowerCase(), b.title.toLowerCase()) || ascending(a.title, b.title)
  },
}

/** The order of a list: total, because ids decide ties. Sessions without a value for the key come last. */
export function sessionOrder(sort: SessionSort = 'updated'): (a: Sortable, b: Sortable) => number {
  const byKey = keys[sort]
  return (a, b) => byKey(a, b) || ascending(a.id, b.id)
}

/** As {@link Store.nested}, of sessions that are all at hand. */
export function nestedAmong(sessions: readonly Pick<SessionHeader, 'id' | 'parentID'>[]): (readonly [SessionID, SessionID])[] {
  const roots = new Set(sessions.flatMap(({ id, parentID }) => (parentID === null ? [id] : [])))
  return sessions.flatMap(({ id, parentID }) => (parentID === null || roots.has(parentID) ? [] : [[parentID, id] as const]))
}
