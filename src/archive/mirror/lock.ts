import { join } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { writingFailed } from '../../base/files.ts'
import { isBusy } from '../../sqlite/errors.ts'
import { openLockFile, takeLock } from '../../sqlite/lock-file.ts'
import type { Connection } from '../../sqlite/port.ts'
import { ownFolder } from '../format/names.ts'

/** How long one backup waits for another one into the same folder. */
const usualPatienceMs = 10_000

/**
 * Keeps every other backup out of a mirror while this one runs. The lock is one of the operating system's, on an empty file,
 * taken through SQLite, which knows how on every system: it ends with the process that holds it, however that ends, so that no
 * lock is ever stale. Machines with copies of their own (a synced folder, a git repository) do not meet here, and need not: each
 * writes its own state.
 * @param patienceMs how long to wait for another backup
 * @returns what gives the lock back
 * @throws OcvaultError `refused` when another backup runs, `failed` when the folder cannot be written
 */
export function lockMirror(mirror: string, patienceMs = usualPatienceMs): () => void {
  const path = join(mirror, ownFolder, 'lock')
  let db: Connection | undefined
  try {
    db = openLockFile(path, { timeoutMs: patienceMs })
    takeLock(db)
  } catch (error) {
    db?.close()
    if (isBusy(error)) {
      throw new OcvaultError('refused', `another backup into ${mirror} is running; try again when it is done`)
    }
    throw writingFailed(path, new OcvaultError('failed', `cannot lock ${path}: ${reasonOf(error)}`, { cause: error }))
  }
  const held = db
  return () => held.close()
}
