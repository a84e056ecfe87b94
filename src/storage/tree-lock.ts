import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { writingFailed } from '../base/files.ts'
import { isBusy } from '../sqlite/errors.ts'
import { openLockFile, takeLock } from '../sqlite/lock-file.ts'
import type { Connection } from '../sqlite/port.ts'

/** How long a change waits for those of other processes. Each takes milliseconds. */
const patienceMs = 30_000
/** So long a process that waits looks away at most. SQLite's own handler sleeps longer than a fast writer rests. */
const restMs = 3

/**
 * Lets one process change a tree at a time. The lock is one of the operating system's, on an empty hidden file, taken through
 * SQLite, which knows how on every system: it ends with the process that holds it, however that ends, so that no lock is ever
 * stale. The file stays: whoever removed it would let two in.
 */
export class TreeLock {
  readonly #path: string
  #db: Connection | undefined

  constructor(root: string) {
    this.#path = join(root, '.ocvault-lock')
  }

  /**
   * Runs what must not wait for anything while nobody else changes the tree. The folder must be there.
   * @throws OcvaultError `failed` when the lock cannot be had; and what `run` throws
   */
  async hold<T>(run: () => T): Promise<T> {
    const db = this.#opened()
    for (const end = Date.now() + patienceMs; !this.#taken(db); ) {
      if (Date.now() > end) {
        throw new OcvaultError('failed', `others have been changing ${this.#path} for ${patienceMs / 1000} seconds; try again`)
      }
      await pause(Math.random() * restMs)
    }
    try {
      return run()
    } finally {
      db.exec('ROLLBACK')
    }
  }

  #taken(db: Connection): boolean {
    try {
      takeLock(db)
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw this.#failed(error)
    }
  }

  #opened(): Connection {
    try {
      if (!this.#db) {
        this.#db = openLockFile(this.#path)
      }
      return this.#db
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #failed(error: unknown): unknown {
    const reason = new OcvaultError('failed', `cannot lock ${this.#path}: ${reasonOf(error)}`, { cause: error })
    return writingFailed(this.#path, error instanceof Error && 'syscall' in error ? error : reason)
  }

  close(): void {
    this.#db?.close()
    this.#db = undefined
  }
}
