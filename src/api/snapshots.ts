import { dataFolders } from '../mend/data-folders.ts'
import { type Collected, collectGarbage } from '../mend/snapshots/collect.ts'
import { borrowedBy } from '../mend/snapshots/repositories.ts'
import {
  type Cleaned,
  cleanSnapshots,
  projectsKnown,
  type SurveyedRepository,
  surveySnapshots,
} from '../mend/snapshots/survey.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { Request } from './requests.ts'

/** The snapshots of one data directory, and what was done about them. */
export interface SnapshotsReport {
  readonly path: string
  readonly repositories: readonly SurveyedRepository[]
  /** False where a store could not be read, so that nobody knows which projects are gone. */
  readonly isKnown: boolean
  /** Null where nothing was to be cleaned. */
  readonly cleaned: Cleaned | null
  /** Null where git was not to be asked. */
  readonly collected: Collected | null
}

/**
 * What OpenCode keeps of work trees, by data directory; with `clean`, what nobody needs of it is removed, with `collect`, git
 * packs the rest.
 * @param onStep is told which repository git is in
 */
export function snapshots(
  { roots, clean = false, collect = false, dryRun = false }: Request<'snapshots'>,
  onStep?: (path: string) => void,
): SnapshotsReport[] {
  const catalog = openCatalog(roots ? { roots } : {})
  try {
    return dataFolders(catalog.stores, roots ? undefined : thisMachine()).map((path) => {
      const known = projectsKnown(path, catalog)
      const repositories = surveySnapshots(path, known)
      const cleaned = clean ? cleanSnapshots(repositories, dryRun) : null
      const collected = collect ? collectGarbage(repositories, borrowedBy(repositories), { dryRun, onStep }) : null
      return { path, repositories, isKnown: known !== null, cleaned, collected }
    })
  } finally {
    catalog.close()
  }
}
