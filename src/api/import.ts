import { stat } from 'node:fs/promises'
import { OcvaultError } from '../base/errors.ts'
import { importSessions } from '../transfer/import/import.ts'
import type { ImportReport } from '../transfer/import/report.ts'
import type { Request } from './requests.ts'

/** @throws OcvaultError `not-found` when a directory that sessions shall go to is not there */
export async function checkDirectory(directory: string | undefined): Promise<void> {
  if (directory === undefined || (await stat(directory).catch(() => undefined))?.isDirectory()) return
  throw new OcvaultError('not-found', `no such directory: ${directory}`)
}

/**
 * Brings the sessions of files, zips, folders and stores into OpenCode's database, or says what would be done.
 * @throws OcvaultError `usage` without anywhere to go, and what {@link importSessions} throws
 */
export async function importFrom(
  request: Request<'import'>,
  onProgress?: (done: number, sessions: number) => void,
): Promise<ImportReport> {
  const { paths, root, into, project, keepProject = false, relocate, update = false, asCopy = false, dryRun = false } = request
  if (!keepProject && project === undefined) {
    throw new OcvaultError('usage', 'sessions go to the project of a directory, or stay in the one that they come from')
  }
  await checkDirectory(project)
  return importSessions(paths, {
    ...(root !== undefined && { root }),
    ...(into && { into }),
    ...(!keepProject && project !== undefined && { project }),
    keepProject,
    update,
    asCopy,
    dryRun,
    map: request.map ?? [],
    ...(relocate && { relocate }),
    ...(onProgress && { onProgress }),
  })
}
