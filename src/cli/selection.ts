import { type Catalog, type CatalogFilter, openCatalog } from '../stores/catalog.ts'
import { OcvaultError } from '../stores/errors.ts'
import type { ProjectScope } from '../stores/store.ts'
import type { CommonFlags } from './program.ts'
import { parseTime } from './time.ts'

export interface SelectionFlags extends CommonFlags {
  readonly all?: boolean
  readonly project?: string
  readonly since?: string
  readonly until?: string
  readonly agent?: string
  readonly model?: string
  readonly title?: string
  readonly archived?: 'only' | 'no'
}

export function openFor(flags: CommonFlags): Catalog {
  return openCatalog(flags.root ? { roots: flags.root } : {})
}

/** The project that a command looks at: the one that was named, else this directory's, else, with `--all` or `--root`, none. */
export async function scopeFor(
  catalog: Catalog,
  flags: { readonly root?: string[]; readonly all?: boolean; readonly project?: string },
): Promise<ProjectScope | undefined> {
  if (flags.all && flags.project !== undefined) throw new OcvaultError('usage', '--all and --project exclude each other')
  const directory = flags.project ?? (flags.all || flags.root ? undefined : process.cwd())
  if (directory === undefined) return undefined
  const { projectScope } = await import('../stores/project-scope.ts')
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
