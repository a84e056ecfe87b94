import type { Selection } from '../api/requests.ts'
import { hasEncrypted, openStores, rememberedArchives } from '../api/stores.ts'
import { OcvaultError } from '../base/errors.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { BesideFlags, CommonFlags, KeyFlags, SelectionFlags } from './common-flags.ts'
import { reportAway, reportProblems } from './terminal.ts'

/** Where a command looks: each must be said, so that no flag of another name is taken for none. */
type ScopeFlags = Pick<SelectionFlags, 'root' | 'all' | 'project'>

/** What says which stores are opened. */
type Looking = Pick<CommonFlags, 'root'> & Partial<KeyFlags & BesideFlags>

/**
 * Opens the stores that the flags name, and when the command is over names what could not be read, whether it went well or not.
 * @param copies as `reportProblems` has it
 */
export async function withCatalog(
  flags: CommonFlags & Partial<KeyFlags & BesideFlags>,
  command: (catalog: Catalog) => Promise<void>,
  copies = false,
): Promise<void> {
  const catalog = await catalogOf(flags)
  try {
    await command(catalog)
  } finally {
    reportAway(catalog.problems(), flags)
    reportProblems(catalog, copies)
    catalog.close()
  }
}

/** The stores that the flags name, opened. @throws OcvaultError as {@link openStores} does */
export async function catalogOf(flags: Looking): Promise<Catalog> {
  const { root: roots = [], identity } = flags
  const archives = await archivesBeside(flags)
  if (!hasEncrypted([...roots, ...archives])) return openStores({ roots, archives })
  const { keysFor } = await import('./passphrase.ts')
  // Only what was asked for is worth a question.
  return openStores({ roots, archives, keys: await keysFor({ identity }, hasEncrypted(roots)) })
}

/** The archives that are looked at beside the machine's stores: none where a root is named, and by commands that have no flag. */
export async function archivesBeside({ root, archives }: Looking): Promise<readonly string[]> {
  return archives && root === undefined ? rememberedArchives() : []
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

/**
 * The directory whose project a command looks at: the one that was named, else this one, else, with `--all` or `--root`, none.
 * @throws OcvaultError `usage`, or `failed` when this directory is gone
 */
export function directoryOf({ root, all, project }: ScopeFlags): string | undefined {
  if (all && project !== undefined) throw new OcvaultError('usage', '--all and --project exclude each other')
  return project ?? (all || root ? undefined : currentDirectory('; ocvault list --all shows the sessions of all projects'))
}

/** The same for sessions that are named: only `latest` asks where. */
export function directoryFor(
  names: readonly string[],
  { root, all, project }: Pick<SelectionFlags, 'root'> & Partial<ScopeFlags>,
): string | undefined {
  return names.includes('latest') ? directoryOf({ root, all, project }) : undefined
}

/** The sessions that the flags select. */
export function selectionOf(text: readonly string[], flags: SelectionFlags): Selection {
  const { since, until, agent, model, title, archived } = flags
  return { project: directoryOf(flags), text, since, until, agent, model, title, archived }
}

/** Whether the flags select sessions, which may then not be named. @throws OcvaultError `usage` when they are all the same */
export function selects(names: readonly string[], flags: Omit<SelectionFlags, keyof CommonFlags>): boolean {
  const { all, project, since, until, agent, model, title, archived } = flags
  const isGiven = [all, project, since, until, agent, model, title, archived].some((flag) => flag !== undefined)
  if (isGiven && names.length > 0) {
    throw new OcvaultError('usage', 'sessions are either named or selected by flags, not both')
  }
  return isGiven
}
