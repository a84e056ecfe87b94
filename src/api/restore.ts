import type { Keys } from '../archive/encrypt.ts'
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
