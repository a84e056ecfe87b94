import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OcvaultError } from '../../base/errors.ts'
import { writingFailed } from '../../base/files.ts'
import { ownFolder } from './folder.ts'

const SQLITE_BUSY = 5

/** How long one backup waits for another one into the same folder, in ms. */
const usualPatience = 10_000

/**
 * Keeps every other backup out of a mirror while this one runs. The lock is one of the operating system's, on an empty file,
 * taken through SQLite, which knows how on every system: it ends with the process that holds it, however that ends, so that no
 * lock is ever stale. Machines with copies of their own (a synced folder, a git repository) do not meet here, and need not: each
 * writes its own state.
 * @param patience how long to wait for another backup, in ms
 * @returns what gives the lock back
 * @throws OcvaultError `refused` when another backup runs, `failed` when the folder cannot be written
 */
export function lockMirror(mirror: string, patience = usualPatience): () => void {
  const path = join(mirror, ownFolder, 'lock')
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { timeout: patience })
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    if (db?.isOpen) db.close()
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) {
      throw new OcvaultError('refused', `another backup into ${mirror} is running; try again when it is done`)
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw writingFailed(path, new OcvaultError('failed', `cannot lock ${path}: ${reason}`, { cause: error }))
  }
  const held = db
  return () => held.close()
}
