import { databaseFromEnv, dataDirs, homeFolder } from '../opencode/data-dirs.ts'
import { type WhereReport, whereReport } from '../render/facts/where-report.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { Request } from './requests.ts'
import { sessionNamed } from './sessions.ts'

/** Every store, what OpenCode no longer shows, and what could not be read; or where one session stands. */
export async function whereStands(catalog: Catalog, { session, project, check, deep }: Request<'where'>): Promise<WhereReport> {
  const named = session === undefined ? null : await sessionNamed(catalog, session, project)
  const depths = deep ? (await import('../mend/undelete/depth.ts')).lookDeep(catalog) : undefined
  if (check && !deep) catalog.check()
  return whereReport(catalog, named, depths)
}

/** Where this machine's stores would be: paths. */
export function placesLookedIn(): readonly string[] {
  const machine = thisMachine()
  const named = databaseFromEnv(machine)
  return [...(named === undefined || named === null ? [] : [named]), ...dataDirs(machine), homeFolder(machine)]
}
