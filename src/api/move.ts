import { OcvaultError } from '../base/errors.ts'
import { type MoveReport, moveSessions } from '../mend/relocate/move.ts'
import type { SessionID } from '../opencode/ids.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import { checkDirectory } from './import.ts'
import type { Request } from './requests.ts'
import { sessionNamed } from './sessions.ts'

/**
 * Moves sessions, each with its subagents, to the project of another directory.
 * @throws OcvaultError `not-found` for a session or a directory that is not there; as {@link moveSessions}
 */
export async function moveTo({ sessions, to, project, roots, dryRun }: Request<'move'>): Promise<MoveReport> {
  if (sessions.length === 0) throw new OcvaultError('usage', 'say which sessions move')
  await checkDirectory(to)
  const ids = new Set<SessionID>()
  const catalog = openCatalog(roots ? { roots } : {})
  try {
    for (const name of sessions) for (const [{ id }] of catalog.tree(await sessionNamed(catalog, name, project))) ids.add(id)
  } finally {
    catalog.close()
  }
  return moveSessions(ids, to, {
    undo: undoFolder(),
    ...(roots && { roots }),
    ...(dryRun !== undefined && { dryRun }),
  })
}
