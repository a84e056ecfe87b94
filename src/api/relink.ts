import { missingDirectories } from '../mend/doctor/moved-directories.ts'
import { type RelinkReport, relink } from '../mend/relink/relink.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import type { Request } from './requests.ts'

/**
 * Tells the stores that a directory has moved, or says what would be done.
 * @throws OcvaultError as {@link relink} does
 */
export function relinkDirectory({ from, to, roots, force, dryRun }: Request<'relink'>): RelinkReport {
  return relink(from, to, {
    undo: undoFolder(),
    ...(roots && { roots }),
    ...(force !== undefined && { force }),
    ...(dryRun !== undefined && { dryRun }),
  })
}

/** The directories that moved, and where each most likely is now: old and new. */
export function movedDirectories(roots?: readonly string[]): (readonly [string, string])[] {
  const catalog = openCatalog(roots ? { roots } : {})
  try {
    return missingDirectories(catalog).flatMap(({ path, now }) => (now === null ? [] : [[path, now] as const]))
  } finally {
    catalog.close()
  }
}
