import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, writeUnplaced } from '../../base/files.ts'
import { textOf } from '../../base/json.ts'
import type { Problem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { removeDatabase } from '../../sqlite/database-files.ts'
import { openConnection } from '../../sqlite/open.ts'
import type { Connection, Statement } from '../../sqlite/port.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import { Combinations } from './combinations.ts'
import { Directory } from './directory.ts'
import { placeSession, saveDirectory, wholeDirectory } from './directory-writer.ts'
import type { MessageMarks } from './message-marks.ts'
import { Meta } from './meta.ts'
import { type Outline, unpackOutline } from './outline.ts'
import { format, rowsPerUnit, schema } from './schema.ts'
import { SessionWriter } from './session-writer.ts'
import { type Standing, standingOf } from './standing.ts'
import { TextRows } from './text-rows.ts'
import { UnitColumns } from './unit-columns.ts'
import { Words } from './words.ts'

/** How long a statement waits for another process that writes the index. */
const busyMs = 1000

/** An index that cannot be read any further. Deleting it mends that: the next search makes it anew. */
export class DamagedIndex extends Error {
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`the search index ${path} is damaged`, { cause })
    this.path = path
  }
}

/**
 * The full-text index of one store: a SQLite database of its own, which holds no text, only which words stand in which units.
 * Several processes may use one at once (write-ahead log); what is written is written in one transaction.
 */
export class IndexFile {
  readonly path: string
  readonly db: Connection
  readonly meta: Meta
  readonly words: Words
  /** Whether it is made anew: then its words are listed in the end, all at once. */
  readonly #whole: boolean
  #directory: Directory | undefined
  #units: UnitColumns | undefined
  #combinations: Combinations | undefined
  #text: TextRows
  /** What SQLite counts of the writing of others, when the above were read. */
  #readAt: unknown
  #nextUnit: number | undefined

  private constructor(path: string, db: Connection, whole: boolean) {
    this.path = path
    this.db = db
    this.#whole = whole
    this.meta = new Meta(this.#prepared)
    this.#text = new TextRows(this.#prepared)
    this.words = new Words(this.#prepared, (run) => this.#read(run))
  }

  /**
   * Opens the index of a store; null when there is none, or one that this release cannot use: of another format or store, or
   * damaged.
   */
  static open(path: string, store: Store): IndexFile | null {
    if (!existsSync(path)) return null
    let db: Connection | undefined
    try {
      db = openConnection(path, { timeoutMs: busyMs })
      const index = new IndexFile(path, db, false)
      if (index.meta.text('format') === format && index.meta.text('store') === nameOf(store)) return index
    } catch {
      // Damaged, or not a database: as good as none.
    }
    db?.close()
    return null
  }

  /** Begins an empty index in a new file, for filling it in one go: nothing of it is safe from a crash until `finish`. */
  static create(path: string, store: Store): IndexFile {
    makeFolder(dirname(path))
    removeDatabase(path)
    writeUnplaced(path, []) // of the owner alone, and so is what SQLite makes beside it
    const db = openConnection(path)
    try {
      db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192; PRAGMA locking_mode = EXCLUSIVE')
      db.exec(schema)
      // Words are collected in memory and written in large runs, which are merged less often.
      db.exec("INSERT INTO text (text, rank) VALUES ('hashsize', 16777216); BEGIN")
      const index = new IndexFile(path, db, true)
      index.meta.set('format', format)
      index.meta.set('store', nameOf(store))
      return index
    } catch (error) {
      db.close()
      throw error
    }
  }

  /** Ends the filling of a new index. Other processes may open it from now on. */
  finish(): void {
    this.writeColumns()
    this.words.addAll()
    this.db.exec("INSERT INTO text (text, rank) VALUES ('hashsize', 4194304); COMMIT")
    this.db.exec('PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL')
    this.close()
  }

  readonly #prepared = (sql: string): Statement => this.db.prepared(sql)

  /** @throws DamagedIndex for whatever SQLite says against what should always work */
  #read<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw new DamagedIndex(this.path, error)
    }
  }

  /** From now on everything is read as it is now, whatever other processes write. */
  hold(): void {
    this.#read(() => {
      this.db.exec('BEGIN')
      this.#text = new TextRows(this.#prepared)
      if (this.#version() !== this.#readAt) this.forget()
    })
  }

  /** Another number when another process has written. */
  #version(): unknown {
    return this.#prepared('PRAGMA data_version').get()?.data_version
  }

  /** What is kept in memory may not be what the file says: others may have written it, or what was written was taken back. */
  forget(): void {
    this.#directory = undefined
    this.#units = undefined
    this.#combinations = undefined
    this.#nextUnit = undefined
    this.words.forget()
    this.#readAt = this.#version()
  }

  /** The mark of each session, as it was when the session was read. @param ids only of these */
  marks(ids?: readonly SessionID[]): Map<SessionID, string> {
    const among = ids ? ' WHERE id IN (SELECT value FROM json_each(?))' : ''
    const rows = this.#prepared(`SELECT id, mark FROM session${among}`).all(...(ids ? [JSON.stringify(ids)] : []))
    return new Map(rows.map((row) => [String(row.id), String(row.mark)]))
  }

  /** What could not be read of sessions, when they were read. */
  problemsBySession(): Map<SessionID, readonly Problem[]> {
    const rows = this.#prepared("SELECT id, problems FROM session INDEXED BY session_problems WHERE problems <> ''").all()
    return new Map(rows.map((row) => [String(row.id), JSON.parse(String(row.problems)) as Problem[]]))
  }

  /** Everything that could not be read of the store, when it was read. */
  problems(): Problem[] {
    const ofStore = JSON.parse(this.meta.text('problems') ?? '[]') as Problem[]
    return [...ofStore, ...[...this.problemsBySession().values()].flat()]
  }

  /** Begins to write a session. Sessions are added at the end, so that the last ones are those that changed last. */
  begin(header: SessionHeader): SessionWriter {
    this.#nextUnit ??= this.#afterLast()
    return new SessionWriter(this, header, this.#nextUnit)
  }

  /** Behind every session, also those that were removed: the directory is in the order of units. */
  #afterLast(): number {
    const sql = 'SELECT max(first + room) AS next FROM session WHERE first = (SELECT max(first) FROM session)'
    const next = Number(this.#prepared(sql).get()?.next ?? 0)
    const { count, first } = this.directory()
    return count === 0 ? next : Math.max(next, first[count - 1]!)
  }

  /** Ends what {@link begin} or {@link resume} began. @param room for how many units there is room, where that is settled */
  end(writer: SessionWriter, mark: string, marks: MessageMarks | null, problems: readonly Problem[], room?: number): void {
    const next = writer.end(mark, marks, problems, room)
    if (room === undefined) this.#nextUnit = next
    if (!this.#whole) placeSession(this.#prepared, this.directory(), writer.id)
  }

  /** What stands in the index of a long session of which nothing was missing; null of any other. */
  stands(id: SessionID): Standing | null {
    const row = this.#prepared("SELECT * FROM session WHERE id = ? AND message_marks <> '' AND problems = ''").get(id)
    return row ? standingOf(row) : null
  }

  /**
   * Begins to write a session anew from a message on; what stands before stays.
   * @param kept so many messages stay
   */
  resume(header: SessionHeader, standing: Standing, kept: number): SessionWriter {
    const { first, beginning } = standing.keeping(kept)
    this.#removeRows(first + beginning.units, first + standing.units)
    return new SessionWriter(this, header, first, beginning)
  }

  #removeRows(from: number, to: number): void {
    const bounds = [BigInt(from * rowsPerUnit), BigInt(to * rowsPerUnit)] as const
    this.#prepared('DELETE FROM text WHERE rowid >= ? AND rowid < ?').run(...bounds)
  }

  remove(id: SessionID): void {
    const row = this.#prepared('SELECT no, first, room FROM session WHERE id = ?').get(id)
    if (!row) return
    const first = Number(row.first)
    this.#removeRows(first, first + Number(row.room))
    this.#prepared('DELETE FROM session WHERE no = ?').run(row.no!)
    const at = this.directory().numberOf(id, first)
    if (at !== undefined) this.directory().remove(at)
  }

  /** Writes what is known of all sessions and units, as far as it changed. */
  writeColumns(): void {
    this.units().save()
    this.#directory = saveDirectory(this.#prepared, this.meta, this.#whole ? wholeDirectory(this.#prepared) : this.directory())
  }

  directory(): Directory {
    this.#directory ??= this.#read(() => Directory.read(this.#prepared))
    return this.#directory
  }

  units(): UnitColumns {
    this.#units ??= new UnitColumns(this.#prepared, (run) => this.#read(run))
    return this.#units
  }

  combinations(): Combinations {
    this.#combinations ??= this.#read(() => new Combinations(this.#prepared))
    return this.#combinations
  }

  insertText(row: number, text: string | Uint8Array): void {
    this.#prepared('INSERT INTO text (rowid, body) VALUES (?, ?)').run(row, text)
    if (!this.#whole) this.words.add(text)
  }

  /** The numbers of those of these sessions that are in the directory, in its order. */
  numbersOf(ids: Iterable<SessionID>): number[] {
    const directory = this.directory()
    const first = this.#prepared('SELECT first FROM session WHERE id = ?')
    const numbers = this.#read(() =>
      [...ids].flatMap((id) => {
        const row = first.get(id)
        return row ? (directory.numberOf(id, Number(row.first)) ?? []) : []
      }),
    )
    return numbers.sort((a, b) => a - b)
  }

  parentOf(id: SessionID): SessionID | null {
    return textOf(this.#read(() => this.#prepared('SELECT parent FROM session WHERE id = ?').get(id)?.parent))
  }

  outline(id: SessionID): Outline {
    return this.#read(() => unpackOutline(String(this.#prepared('SELECT outline FROM session WHERE id = ?').get(id)?.outline)))
  }

  messageIDs(id: SessionID): string[] {
    return this.#read(() => {
      const row = this.#prepared('SELECT message_ids FROM session WHERE id = ?').get(id)
      return JSON.parse(String(row?.message_ids ?? '[]')) as string[]
    })
  }

  /** Row ids of the full-text table that meet an expression, from one up to but without another, in order. */
  rows(expression: string, from: number, to: number): Float64Array {
    return this.#read(() => this.#text.between(expression, from, to))
  }

  allRows(expression: string): Float64Array {
    return this.#read(() => this.#text.all(expression))
  }

  /** In how many rows of these fields an expression is met; those beyond `limit` are not counted. */
  count(expression: string, fieldNumbers: readonly number[] | null, limit: number): number {
    return this.#read(() => this.#text.count(expression, fieldNumbers, limit))
  }

  close(): void {
    this.db.close()
  }
}

/** Which store an index belongs to. */
export const nameOf = (store: Store) => `${store.kind} ${store.path}`
