import type { Keys } from '../archive/encrypt.ts'
import { type DrillReport, drillArchive } from '../archive/restore/drill.ts'
import { type RestoreProgress, type RestoreReport, restoreArchive } from '../archive/restore/restore.ts'
import { checkDirectory } from './import.ts'
import type { Request } from './requests.ts'

/**
 * Brings the sessions of an archive back, or says what would be done.
 * @throws OcvaultError what {@link restoreArchive} throws
 */
export async function restoreFrom(
  request: Request<'restore'>,
  keys: Keys = {},
  onProgress?: (state: RestoreProgress) => void,
): Promise<RestoreReport> {
  const { archive, sessions, root, into, project, update = false, asCopy = false, dryRun = false, map = [] } = request
  await checkDirectory(project)
  return restoreArchive(archive, {
    ...keys,
    ...(sessions && { names: sessions }),
    ...(root !== undefined && { root }),
    ...(into && { into }),
    ...(project !== undefined && { project }),
    update,
    asCopy,
    dryRun,
    map,
    ...(onProgress && { onProgress }),
  })
}

/**
 * Restores sessions of an archive into stores of its own, which are gone afterwards, and compares them with the archive.
 * @throws OcvaultError what {@link drillArchive} throws
 */
export async function drillFrom(
  { archive, sessions }: Request<'drill'>,
  keys: Keys = {},
  onProgress?: (state: RestoreProgress) => void,
): Promise<DrillReport> {
  return drillArchive(archive, { ...keys, ...(sessions && { names: sessions }), ...(onProgress && { onProgress }) })
}
