import { existsSync, statSync } from 'node:fs'
import { OcvaultError, reasonOf, StoreChanged } from '../base/errors.ts'
import { headOf, requireRegular } from '../base/regular.ts'
import { cutOffLength, cutOffWords, type FileLength } from './cut-off.ts'
import { fileURI } from './database-files.ts'
import { isBusy, isCorruption, sqliteCode, sqliteCodes } from './errors.ts'
import { openConnection } from './open.ts'
import type { Connection, Row, SqlValue } from './port.ts'

/**
 * How a database is opened so that not a byte changes beside it or in it.
 * - `immutable`: there is no write-ahead log to read, so nothing needs a lock. If a writer appears meanwhile, the file's
 *   stamp tells, and the statement runs again in the mode that fits.
 * - `shared`: a log and its shared memory are there: somebody has it open, or crashed. `readonly_shm` keeps SQLite from
 *   writing read marks; locks are honoured.
 * - `private`: a log without shared memory, as a crash and a careless copy leave it. The VFS without locks, in exclusive mode,
 *   keeps the log's index on the heap instead of making a `-shm` file.
 */
type Mode = 'immutable' | 'shared' | 'private'

const retries = 8
const timeoutMs = 5000
/** File systems keep times to a few milliseconds, some (FAT, old network disks) to two seconds. */
const clockTickMs = 2500
const vfsWithoutLocks = process.platform === 'win32' ? 'win32-none' : 'unix-none'

function stamp(path: string): string {
  const s = statSync(path, { bigint: true, throwIfNoEntry: false })
  return s ? `${s.ino}:${s.size}:${s.mtimeNs}` : '-'
}

/** What the system says of a database, or a file beside it, that may not be read: SQLite says that it cannot open it, no more. */
function forbidden(path: string): unknown {
  for (const end of ['', '-wal', '-shm']) {
    if (!existsSync(path + end)) continue
    try {
      headOf(path + end)
    } catch (error) {
      return (error as Error).cause ?? error
    }
  }
  return undefined
}

/**
 * A SQLite database that is only read, safe beside a running OpenCode. Every statement is its own short read transaction,
 * so that the writer's log can be reset in between.
 */
export class Database {
  readonly path: string
  /** What is opened. */
  readonly #file: string
  #db!: Connection
  #mode!: Mode
  #stamp!: string
  /** How many hold it, and what the files were when the first began. */
  #holders = 0
  #heldStamp = ''
  #cutOff: FileLength | undefined

  /**
   * @param file what is read in its place: what could be had of it where it is damaged
   * @throws OcvaultError when the file is missing, not a database, or cannot be opened.
   */
  constructor(path: string, file = path) {
    this.path = path
    this.#file = file
    if (!existsSync(file)) throw new OcvaultError('not-found', `no such database: ${path}`)
    // SQLite would wait for somebody to write into a pipe.
    requireRegular(file)
    try {
      this.#open()
      this.#begin()
    } catch (error) {
      this.close()
      const damaged = this.#cutOff ? `it ${cutOffWords(this.#cutOff)}` : 'not a SQLite database, or its first page is damaged'
      const reason = isCorruption(error) ? damaged : reasonOf(forbidden(file) ?? error)
      throw new OcvaultError('failed', `cannot read ${path}: ${reason}`, { cause: error })
    }
  }

  /** The first look; at a file that is shorter than it says, in the way that takes it as it is. */
  #begin(): void {
    const look = () => this.all('SELECT 1 FROM sqlite_master LIMIT 1')
    try {
      look()
    } catch (error) {
      this.#cutOff = isCorruption(error) ? cutOffLength(this.#file) : undefined
      if (!this.#cutOff) throw error
      this.#reopen(false)
      look()
    }
  }

  /** How long the file is, where its end is missing: what is left of it is read. */
  get cutOff(): FileLength | undefined {
    return this.#cutOff
  }

  #wantedMode(): Mode {
    const wal = statSync(`${this.#file}-wal`, { throwIfNoEntry: false })
    if (!wal || wal.size === 0) return 'immutable'
    return existsSync(`${this.#file}-shm`) ? 'shared' : 'private'
  }

  #stampNow(): string {
    return `${stamp(this.#file)} ${this.#wantedMode()}`
  }

  #open(plain = false): void {
    this.#mode = this.#wantedMode()
    this.#stamp = this.#stampNow()
    const parameters = {
      immutable: 'immutable=1',
      shared: plain ? 'mode=ro' : 'readonly_shm=1',
      private: `vfs=${vfsWithoutLocks}`,
    }
    const address = `${fileURI(this.#file)}?mode=ro&${parameters[this.#mode]}`
    this.#db = openConnection(address, { readOnly: true, timeoutMs, cutOff: this.#cutOff !== undefined })
    if (this.#mode === 'private') this.#db.exec('PRAGMA locking_mode = EXCLUSIVE')
    this.#db.exec('PRAGMA trusted_schema = OFF')
  }

  #reopen(plain: boolean): void {
    this.close()
    this.#open(plain)
  }

  /**
   * One state for many statements: with a log that is shared by a read transaction, which keeps OpenCode's log from being reset,
   * so it must be short. Without locks there is none: then it is as good as one when the files that were read have not moved in
   * the end. A log that a writer begins beside an immutable file moves nothing, until it is copied back.
   */
  hold(): () => void {
    if (this.#holders === 0) {
      for (let attempt = 0; ; attempt++) {
        this.all('SELECT 1 FROM sqlite_master LIMIT 1') // opens it anew in the mode that fits
        try {
          if (this.#mode === 'shared') {
            this.#db.exec('BEGIN')
            this.#db.prepared('SELECT 1 FROM sqlite_master LIMIT 1').all() // takes the snapshot
          }
          break
        } catch (error) {
          if (attempt >= retries) throw new StoreChanged(this.path, error)
          this.#reopen(attempt > 0)
        }
      }
      this.#heldStamp = this.#filesRead()
    }
    this.#holders++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#holders--
      if (this.#holders > 0) return
      if (this.#mode === 'shared' && this.#db.isOpen) this.#db.exec('COMMIT')
      else if (this.#filesRead() !== this.#heldStamp) throw new StoreChanged(this.path)
    }
  }

  /** The stamps of what is read without locks. */
  #filesRead(): string {
    return this.#mode === 'private' ? `${stamp(this.#file)} ${stamp(`${this.#file}-wal`)}` : stamp(this.#file)
  }

  /** A statement of a state that is held: nothing may be opened anew. */
  #readHeld<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      const moved = this.#mode !== 'shared' && this.#filesRead() !== this.#heldStamp
      throw moved || isBusy(error) ? new StoreChanged(this.path, error) : error
    }
  }

  /** Runs a statement until it saw one consistent state of the file: without locks, that is one whose stamp did not move. */
  #read<T>(run: () => T): T {
    if (this.#holders > 0) return this.#readHeld(run)
    for (let attempt = 0; ; attempt++) {
      let result: T
      try {
        result = run()
      } catch (error) {
        const code = sqliteCode(error)
        const moved = this.#stampNow() !== this.#stamp
        // Shared memory that was never written by a live writer cannot be mapped read-only; a writer may also come or go.
        const transient =
          moved ||
          code === sqliteCodes.busy ||
          (this.#mode === 'shared' && (code === sqliteCodes.readOnly || code === sqliteCodes.cannotOpen))
        if (!transient || attempt >= retries) throw error
        this.#reopen(attempt > 0)
        continue
      }
      if (this.#mode === 'shared' || this.#stampNow() === this.#stamp) return result
      if (attempt >= retries) throw new OcvaultError('failed', `${this.path} changes faster than it can be read; try again`)
      this.#reopen(false)
    }
  }

  /** All rows of a statement whose result is bounded. An integer beyond 2^53 comes as a bigint. */
  all(sql: string, ...params: SqlValue[]): Row[] {
    return this.#read(() => this.#db.prepared(sql).all(...params))
  }

  get(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.all(sql, ...params)[0]
  }

  /**
   * A text that stays the same as long as nothing is written to the database; null when it was written to so recently that
   * the clock of the file system may not tell the next change from this one.
   */
  stamp(): string | null {
    const files = [this.path, `${this.path}-wal`]
    const newest = Math.max(...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0))
    return Date.now() - newest < clockTickMs ? null : files.map(stamp).join(' ')
  }

  /** The names of all tables. */
  tables(): Set<string> {
    return new Set(this.all("SELECT name FROM sqlite_master WHERE type = 'table'").map((row) => String(row.name)))
  }

  /** The column names of a table, as this database has them: they differ from release to release, in order too. */
  columns(table: string): Set<string> {
    return new Set(this.all('SELECT name FROM pragma_table_info(?)', table).map((row) => String(row.name)))
  }

  close(): void {
    this.#db?.close()
  }
}
