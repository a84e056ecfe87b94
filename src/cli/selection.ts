import { OcvaultError } from '../base/errors.ts'
import { parseTime } from '../base/time.ts'
import { type Catalog, type CatalogFilter, openCatalog, type Session } from '../stores/catalog/catalog.ts'
import type { ProjectScope } from '../stores/store.ts'
import type { CommonFlags, SelectionFlags } from './common-flags.ts'
import { reportProblems } from './terminal.ts'

/** Where a command looks: each must be said, so that no flag of another name is taken for none. */
type ScopeFlags = Pick<SelectionFlags, 'root' | 'all' | 'project'>

/**
 * Opens the stores that the flags name, and when the command is over names what could not be read, whether it went well or not.
 */
export async function withCatalog(flags: CommonFlags, command: (catalog: Catalog) => Promise<void>): Promise<void> {
  const catalog = openCatalog(flags.root ? { roots: flags.root } : {})
  try {
    await command(catalog)
  } finally {
    reportProblems(catalog)
    catalog.close()
  }
}

/**
 * The session that a person names; `latest` is that of this directory's project, or of `--root`.
 * @throws OcvaultError `not-found`, `usage` when the name is not unique, `failed` when its row is lost
 */
export async function resolveSession(catalog: Catalog, name: string, flags: CommonFlags & Partial<ScopeFlags>): Promise<Session> {
  const project = name === 'latest' ? await scopeFor(catalog, { all: undefined, project: undefined, ...flags }) : undefined
  const id = catalog.resolve(name, project && { project })
  const session = catalog.session(id)
  if (!session) throw new OcvaultError('failed', `session ${id} is there, but cannot be read`)
  return session
}

/** @throws OcvaultError when it has been deleted, with what to do then */
export function currentDirectory(advice: string): string {
  try {
    return process.cwd()
  } catch (error) {
    throw new OcvaultError('failed', `this directory is gone${advice}`, { cause: error })
  }
}

/** The one place that is written into. @throws OcvaultError `usage` when there are several */
export function onlyRoot(roots: readonly string[]): string {
  if (roots.length === 1) return roots[0]!
  throw new OcvaultError('usage', 'sessions go into one database: give --root once')
}

/** The project that a command looks at: the one that was named, else this directory's, else, with `--all` or `--root`, none. */
export async function scopeFor(catalog: Catalog, { root, all, project }: ScopeFlags): Promise<ProjectScope | undefined> {
  if (all && project !== undefined) throw new OcvaultError('usage', '--all and --project exclude each other')
  const directory =
    project ?? (all || root ? undefined : currentDirectory('; ocvault list --all shows the sessions of all projects'))
  if (directory === undefined) return undefined
  const { projectScope } = await import('../stores/catalog/project-scope.ts')
  return projectScope(catalog.stores, directory)
}

export async function filterFor(catalog: Catalog, text: readonly string[], flags: SelectionFlags): Promise<CatalogFilter> {
  const project = await scopeFor(catalog, flags)
  return {
    ...(project && { project }),
    ...(text.length > 0 && { text }),
    ...(flags.since !== undefined && { since: parseTime(flags.since) }),
    ...(flags.until !== undefined && { until: parseTime(flags.until) }),
    ...(flags.agent !== undefined && { agent: flags.agent }),
    ...(flags.model !== undefined && { model: flags.model }),
    ...(flags.title !== undefined && { title: flags.title }),
    ...(flags.archived !== undefined && { archived: flags.archived }),
  }
}
