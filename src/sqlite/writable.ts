import { existsSync } from 'node:fs'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { requireRegular } from '../base/regular.ts'
import { fileURI } from './database-files.ts'
import { sqliteCode, sqliteCodes } from './errors.ts'
import { openConnection } from './open.ts'
import type { Connection, Row, SqlValue } from './port.ts'

/** How long OpenCode's own connections wait for each other, and so do we. */
const patienceMs = 5000

/** What a person can do something about. */
const complaints: Readonly<Record<number, string>> = {
  [sqliteCodes.busy]: `another program has been writing to it for ${patienceMs / 1000} seconds; end it, or try again`,
  [sqliteCodes.locked]: 'another program has locked it; end it, or try again',
  [sqliteCodes.readOnly]: 'it may not be written to',
  [sqliteCodes.io]: 'the disk fails, or is full',
  [sqliteCodes.corrupt]: 'it is damaged',
  [sqliteCodes.full]: 'no space is left on the disk',
  [sqliteCodes.constraint]: 'its schema does not take a row',
  [sqliteCodes.cannotOpen]: 'it cannot be opened for writing',
  [sqliteCodes.notADatabase]: 'it is not a SQLite database',
}

export interface Column {
  readonly name: string
  /** The declared type, which decides what SQLite makes of a value. */
  readonly type: string
  /** Whether a row must give it a value. */
  readonly required: boolean
}

/**
 * Makes sure that a database can be written though this process will have it open to read meanwhile: whoever is first in a
 * process decides for all how its shared memory is mapped, and readers map it read-only.
 * @returns what ends it
 * @throws OcvaultError as {@link WritableDatabase}
 */
export function reserveToWrite(path: string): () => void {
  const db = new WritableDatabase(path)
  db.tables()
  return () => db.close()
}

/**
 * A SQLite database that is written, beside a running OpenCode: foreign keys are on, locks are waited for as long as OpenCode
 * waits. The journal mode stays what it is. Errors of SQLite become one line.
 */
export class WritableDatabase {
  readonly path: string
  readonly #db: Connection

  /**
   * @param create makes the file when it is not there
   * @throws OcvaultError `not-found`, or `failed` when the file cannot be opened or is no database
   */
  constructor(path: string, create = false) {
    this.path = path
    if (existsSync(path)) requireRegular(path)
    else if (!create) throw new OcvaultError('not-found', `no such database: ${path}`)
    const address = `${fileURI(path)}?mode=${create ? 'rwc' : 'rw'}`
    this.#db = this.#explained(() => openConnection(address, { timeoutMs: patienceMs, foreignKeys: true }))
    this.exec('PRAGMA trusted_schema = OFF')
    // As OpenCode's own: with a log, a crash of the machine costs the last moments and harms nothing.
    if (this.get('PRAGMA journal_mode')?.journal_mode === 'wal') this.exec('PRAGMA synchronous = NORMAL')
    // In KiB: with SQLite's own 2 MB a long session goes through the disk twice; with more than this nothing gets faster.
    this.exec('PRAGMA main.cache_size = -16000; PRAGMA temp.cache_size = -4000')
  }

  #explained<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      const complaint = complaints[sqliteCode(error) ?? -1]
      if (complaint === undefined) throw error
      const hint = sqliteCode(error) === sqliteCodes.corrupt ? 'where' : undefined
      throw new OcvaultError('failed', `cannot write ${this.path}: ${complaint} (${reasonOf(error)})`, { cause: error, hint })
    }
  }

  exec(sql: string): void {
    this.#explained(() => this.#db.exec(sql))
  }

  /** How many rows it changed. */
  run(sql: string, ...params: SqlValue[]): number {
    return this.#explained(() => this.#db.prepared(sql).run(...params))
  }

  all(sql: string, ...params: SqlValue[]): Row[] {
    return this.#explained(() => this.#db.prepared(sql).all(...params))
  }

  get(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.#explained(() => this.#db.prepared(sql).get(...params))
  }

  /** Rows one by one, integers as bigint: as they are stored, whatever their size. */
  *exactRows(sql: string, ...params: SqlValue[]): Iterable<Row> {
    const rows = this.#explained(() => this.#db.prepareExact(sql)).iterate(...params)
    try {
      for (let next = this.#explained(() => rows.next()); !next.done; next = this.#explained(() => rows.next())) yield next.value
    } finally {
      rows.return?.() // a statement that is not read to its end would hold its lock
    }
  }

  /** Makes a function of SQL; it must give the same for the same arguments. */
  define(name: string, run: (...values: SqlValue[]) => SqlValue): void {
    this.#db.define(name, run)
  }

  /**
   * Runs a transaction that may write from its beginning on: what was read in it is still so when it is written.
   * Whatever is thrown, nothing is changed.
   */
  transaction<T>(run: () => T): T {
    this.exec('BEGIN IMMEDIATE')
    try {
      const result = run()
      this.exec('COMMIT')
      return result
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  /** Ends a transaction that failed; a full disk may have done so already. */
  rollback(): void {
    if (this.#db.isInTransaction) this.#db.exec('ROLLBACK')
  }

  tables(): Set<string> {
    return new Set(this.all("SELECT name FROM main.sqlite_master WHERE type = 'table'").map((row) => String(row.name)))
  }

  /** The columns of a table, none for a table that is not there. Generated ones are left out. */
  columns(table: string): Column[] {
    return this.all('SELECT name, type, "notnull" AS must, dflt_value, pk FROM pragma_table_info(?)', table).map((row) => ({
      name: String(row.name),
      type: String(row.type),
      required: row.must === 1 && row.dflt_value === null,
    }))
  }

  close(): void {
    this.#db.close()
  }
}
