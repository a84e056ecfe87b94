import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, writeUnplaced } from '../../base/files.ts'
import type { Problem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { removeDatabase } from '../../sqlite/database-files.ts'
import { openConnection } from '../../sqlite/open.ts'
import type { Connection, Statement } from '../../sqlite/port.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import { longestToken } from '../text/tokens.ts'
import { type Attributes, unpackAttributes } from './attributes.ts'
import { type Directory, readDirectory, writeDirectory } from './directory.ts'
import type { MessageMarks } from './message-marks.ts'
import { Meta } from './meta.ts'
import { format, rowsPerUnit, schema } from './schema.ts'
import { SessionWriter } from './session-writer.ts'
import { type Standing, standingOf } from './standing.ts'

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
  /** Whether it is made anew: then its words are listed in the end, all at once. */
  readonly #whole: boolean
  #directory: Directory | undefined
  #nextUnit: number | undefined
  /** Words that are listed, as far as they are remembered. */
  readonly #listed = new Set<string>()

  private constructor(path: string, db: Connection, whole: boolean) {
    this.path = path
    this.db = db
    this.#whole = whole
    this.meta = new Meta(this.#prepared)
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
    this.writeDirectory()
    this.#openVocabulary()
    this.db.exec('INSERT INTO word SELECT term FROM temp.vocabulary')
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
    this.#read(() => this.db.exec('BEGIN'))
  }

  /** The mark of each session, as it was when the session was read. */
  marks(): Map<SessionID, string> {
    const rows = this.#prepared('SELECT id, mark FROM session').all()
    return new Map(rows.map((row) => [String(row.id), String(row.mark)]))
  }

  /** What could not be read of sessions, when they were read. */
  problemsBySession(): Map<SessionID, readonly Problem[]> {
    const rows = this.#prepared("SELECT id, problems FROM session WHERE problems <> ''").all()
    return new Map(rows.map((row) => [String(row.id), JSON.parse(String(row.problems)) as Problem[]]))
  }

  /** Everything that could not be read of the store, when it was read. */
  problems(): Problem[] {
    const ofStore = JSON.parse(this.meta.text('problems') ?? '[]') as Problem[]
    return [...ofStore, ...[...this.problemsBySession().values()].flat()]
  }

  /** Begins to write a session. Sessions are added at the end, so that the last ones are those that changed last. */
  begin(header: SessionHeader): SessionWriter {
    this.#nextUnit ??= Number(this.#prepared('SELECT max(first + room) AS next FROM session').get()?.next ?? 0)
    return new SessionWriter(this.#prepared, header, this.#nextUnit, this.#whole ? null : this.#listed)
  }

  /** Ends what {@link begin} began. */
  end(writer: SessionWriter, mark: string, marks: MessageMarks | null, problems: readonly Problem[]): void {
    this.#nextUnit = writer.end(mark, marks, problems)
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
    const from = first + beginning.attributes.units.length
    this.#removeRows(from, first + standing.units)
    return new SessionWriter(this.#prepared, header, first, this.#listed, beginning)
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
  }

  writeDirectory(): void {
    writeDirectory(this.#prepared, this.meta)
    this.#directory = undefined
  }

  directory(): Directory {
    this.#directory ??= this.#read(() => readDirectory(this.meta))
    return this.#directory
  }

  parentOf(id: SessionID): SessionID | null {
    const parent = this.#read(() => this.#prepared('SELECT parent FROM session WHERE id = ?').get(id)?.parent)
    return typeof parent === 'string' ? parent : null
  }

  attributes(id: SessionID): Attributes {
    return this.#read(() => {
      const row = this.#prepared('SELECT attributes FROM session WHERE id = ?').get(id)
      return unpackAttributes(String(row?.attributes ?? '{}'))
    })
  }

  messageIDs(id: SessionID): string[] {
    return this.#read(() => {
      const row = this.#prepared('SELECT message_ids FROM session WHERE id = ?').get(id)
      return JSON.parse(String(row?.message_ids ?? '[]')) as string[]
    })
  }

  /** Row ids of the full-text table that meet an expression, from one up to but without another, in order. */
  rows(expression: string, from: number, to: number): Float64Array {
    // As one text: of a million rows Node's SQLite makes a million arrays, which takes longer and twice the memory.
    const sql =
      'SELECT json_group_array(rowid) AS ids FROM (SELECT rowid FROM text WHERE text MATCH ? AND rowid >= ? AND rowid < ?)'
    // FTS5 seeks only to integers, and JavaScript's numbers reach SQLite as floating point.
    const row = this.#read(() => this.#prepared(sql).get(expression, BigInt(from), BigInt(to)))
    return Float64Array.from(JSON.parse(String(row?.ids)) as number[])
  }

  /** In how many rows of these fields an expression is met; those beyond `limit` are not counted. */
  count(expression: string, fieldNumbers: readonly number[] | null, limit: number): number {
    const where = fieldNumbers ? ` AND (rowid & ${rowsPerUnit - 1}) IN (${fieldNumbers.join(',')})` : ''
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM text WHERE text MATCH ?${where} LIMIT ?)`
    const bound = Number.isFinite(limit) ? BigInt(limit) : -1n // SQLite's word for none
    return this.#read(() => Number(this.#prepared(sql).get(expression, bound)?.n))
  }

  /** Words in which some letters stand; null when there are more than `limit`. @param letters of `[a-z0-9]` */
  wordsWith(letters: string, limit: number): string[] | null {
    const sql = 'SELECT word FROM word WHERE instr(word, ?) > 0 OR octet_length(word) >= ? LIMIT ?'
    // A word that was cut may have held them.
    const words = this.#read(() => this.#prepared(sql).all(letters, longestToken - 1, limit + 1))
    return words.length > limit ? null : words.map(({ word }) => String(word))
  }

  #openVocabulary(): void {
    this.db.exec('CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, text, row)')
  }

  /**
   * Words with a beginning and so many characters, of which the first few are passed by; also words that no session holds any
   * more.
   */
  wordsLike(beginning: string, shortest: number, longest: number, skip: number): string[] {
    const sql = 'SELECT substr(word, ?) AS w FROM word WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?'
    const bounds = [skip + 1, beginning, `${beginning}\u{10ffff}`, shortest + skip, longest + skip]
    return this.#read(() => this.#prepared(sql).all(...bounds)).map(({ w }) => String(w))
  }

  close(): void {
    this.db.close()
  }
}

/** Which store an index belongs to. */
export const nameOf = (store: Store) => `${store.kind} ${store.path}`
