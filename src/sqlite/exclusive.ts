import { OcvaultError } from '../base/errors.ts'
import { holdersOf } from '../base/holders.ts'
import { isBusy } from './errors.ts'
import { WritableDatabase } from './writable.ts'

/** A database that nobody else has open, and that nobody can open, until it is closed. */
export interface Exclusive {
  readonly db: WritableDatabase
  /** The journal that it had, and gets back. */
  readonly journal: string
  /** Puts the journal back to what it was, and lets go. */
  release(): void
}

/**
 * Takes a database for this process alone. Its log is merged, and switched off: nothing of it is beside the file any more, and
 * closing it later removes nothing that by then belongs to another file of that name. SQLite tells that way also who merely has
 * it open, which no transaction would (`locking_mode = EXCLUSIVE`).
 * @throws OcvaultError `refused` when somebody has it open, with who; `failed`
 */
export function takeExclusive(path: string): Exclusive {
  const db = new WritableDatabase(path)
  try {
    const before = String(db.get('PRAGMA journal_mode')?.journal_mode)
    db.exec('PRAGMA busy_timeout = 500; PRAGMA locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE; COMMIT') // from here on the lock is kept
    const now = String(db.get('PRAGMA journal_mode = DELETE')?.journal_mode)
    if (now !== 'delete') throw new OcvaultError('failed', `cannot write ${path}: its log cannot be merged`)
    db.exec('BEGIN EXCLUSIVE; COMMIT')
    return { db, journal: before, release: () => release(db, before) }
  } catch (error) {
    db.close()
    const isHeld = error instanceof OcvaultError && (isBusy(error.cause) || /locked/.test(error.message))
    throw isHeld ? inUse(path, error) : error
  }
}

function release(db: WritableDatabase, journal: string): void {
  try {
    if (journal === 'wal') db.all('PRAGMA journal_mode = WAL')
  } finally {
    db.close()
  }
}

/** An error that says who has a database open, as far as that is known. */
export function inUse(path: string, cause?: unknown): OcvaultError {
  const [first, ...others] = holdersOf([path, `${path}-wal`])
  const who = first
    ? `${first.name} (process ${first.pid})${others.length > 0 ? ` and ${others.length} more` : ''}`
    : 'another program'
  return new OcvaultError('refused', `${who} has ${path} open: end it first`, { cause })
}
