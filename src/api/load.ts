import type { Failure } from '../base/problems.ts'
import { type LoadPlan, load, planLoad } from '../share/load.ts'
import type { ImportReport } from '../transfer/import/report.ts'
import { findTarget } from '../transfer/write/target.ts'
import type { Request } from './requests.ts'
import { savedNamed, savedTrees } from './saved.ts'
import type { Sharing } from './sharing.ts'

/** A saved session that was brought in. */
export interface Loaded extends LoadPlan {
  /** Null when there was nothing to do. */
  readonly report: ImportReport | null
}

/**
 * What loading the saved session of a name means here; see {@link loadPlanned}.
 * @throws OcvaultError what {@link savedNamed} throws
 */
export async function planNamed(
  { shelf, local }: Sharing,
  { name }: Pick<Request<'load'>, 'name'>,
  onProblem: (problem: Failure) => void,
): Promise<LoadPlan> {
  return planLoad(local, savedNamed(savedTrees(shelf, onProblem), name, shelf.place), shelf)
}

/**
 * Brings a saved session and its subagents into OpenCode, or what is new of them. The sharing that planned it is closed before:
 * SQLite lets one process write only what it does not hold open for reading.
 * @throws OcvaultError as imports do
 */
export async function loadPlanned(plan: LoadPlan, { root, dryRun = false }: Omit<Request<'load'>, 'name'>): Promise<Loaded> {
  return { ...plan, report: await load(plan, findTarget(root), { dryRun }) }
}
