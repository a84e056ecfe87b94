import { closeSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { putInPlace } from '../../base/files.ts'
import { isObject } from '../../base/json.ts'
import { removeAbandoned, temporaryBeside } from '../../base/temporary.ts'
import { unfinishedUntil } from '../../base/unfinished.ts'
import { fileURI, removeDatabase } from '../../sqlite/database-files.ts'
import { sqliteCode, sqliteCodes } from '../../sqlite/errors.ts'
import { openConnection } from '../../sqlite/open.ts'
import { type Cell, TextBytes } from '../../sqlite/pages/record.ts'
import type { FoundRow } from '../../sqlite/pages/rows-in-page.ts'
import type { Connection, SqlValue } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import type { LostTable } from './tables.ts'

const temporaryName = 'ocvault-lost'

/** Tables that 1.x is not read without. */
const ofV1 = ['session', 'message', 'part']

/** What is named by an index, and has no row. */
export const gapTable = 'ocvault_gap'

/** Of what database the rows are, and what that was when they were read. */
export const noteTable = 'ocvault_salvage'

/** How messages and parts are looked up. */
const indexed: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ['message', ['session_id', 'time_created', 'id']],
  ['part', ['message_id', 'id']],
  ['part', ['session_id']],
  ['session_message', ['session_id', 'time_created', 'id']],
]

/** JSON that is damaged is none: a page that holds something else by now shows in it. */
const strict = new TextDecoder('utf-8', { fatal: true })

/**
 * Rows that were found in pages, in tables like those that they come from: a database of its own, in a temporary file that its
 * owner alone can read, so that everything that reads a database reads what was found. Of several versions of a row the newest
 * stays.
 */
export class LostRows {
  #path: string
  readonly #db: Connection
  readonly #forget: () => void
  readonly #tables: ReadonlyMap<string, LostTable>

  /** Of each table the columns that some row has. */
  readonly #widest = new Map<string, Set<string>>()

  /** @param beside the file that it grows beside, under a name of its own */
  constructor(tables: readonly LostTable[], beside = join(tmpdir(), temporaryName)) {
    removeAbandoned(dirname(beside), (name) => name === basename(beside))
    this.#path = temporaryBeside(beside)
    // Made before SQLite would, which lets others read it.
    closeSync(openSync(this.path, 'wx', 0o600))
    this.#forget = unfinishedUntil(() => removeDatabase(this.path))
    this.#tables = new Map(tables.map((table) => [table.table, table]))
    this.#db = openConnection(`${fileURI(this.path)}?mode=rw`)
    this.#db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF')
    // The first statement alone: whoever made the database may have written others behind it.
    for (const { sql } of tables) this.#db.prepared(sql).run()
    this.#db.exec('BEGIN')
  }

  /**
   * Takes a row in, when it is whole: its JSON parses, and stands where it can be read.
   * @returns whether it is
   */
  add(row: FoundRow): boolean {
    const table = this.#tables.get(row.shape.table)
    if (!table) return false
    for (const cells of row.readings()) {
      if (!isSound(row.shape.columns, cells)) continue
      const names = row.shape.columns.map(({ name }) => name).slice(0, cells.length)
      return this.#put(table, names, cells)
    }
    return false
  }

  /**
   * Takes in a row that is known from elsewhere, where there is no newer version of it.
   * @returns whether there is such a table, and the row is sound
   */
  addKnown(name: string, values: ReadonlyMap<string, SqlValue>): boolean {
    const table = this.#tables.get(name)
    const columns = table?.columns.filter((column) => values.has(column.name)) ?? []
    if (!table || columns.length === 0) return false
    const cells = columns.map((column) => cellOf(values.get(column.name) ?? null))
    if (!isSound(columns, cells)) return false
    return this.#put(
      table,
      columns.map((column) => column.name),
      cells,
    )
  }

  /** The sessions that rows belong to. */
  sessions(): Set<string> {
    const ids = [...this.#tables.values()].flatMap(({ table, columns }) => {
      if (table === 'project') return []
      const column = columns.some(({ name }) => name === 'session_id') ? 'session_id' : 'id'
      const rows = this.#db.prepared(`SELECT DISTINCT ${quoted(column)} AS id FROM ${quoted(table)}`).all()
      return rows.map(({ id }) => String(id))
    })
    return new Set(ids)
  }

  #put(table: LostTable, names: readonly string[], cells: readonly Cell[]): boolean {
    try {
      this.#write(table, names, cells)
      const has = this.#widest.get(table.table) ?? new Set()
      if (!names.every((name) => has.has(name))) this.#widest.set(table.table, new Set([...has, ...names]))
      return true
    } catch (error) {
      // A key that is null, or a second row that a stranger's schema forbids.
      if (sqliteCode(error) === sqliteCodes.constraint) return false
      throw error
    }
  }

  #write({ table, key, columns }: LostTable, names: readonly string[], cells: readonly Cell[]): void {
    const marks = cells.map((cell) => (cell instanceof TextBytes ? 'CAST(? AS TEXT)' : '?')).join(', ')
    const assigned = names.filter((name) => !key.includes(name)).map((name) => `${quoted(name)} = excluded.${quoted(name)}`)
    const newer = columns.some(({ name }) => name === 'time_updated') ? newest(columns.some(({ name }) => name === 'data')) : '0'
    this.#db
      .prepared(
        `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${marks})
         ON CONFLICT (${key.map(quoted).join(', ')}) DO UPDATE SET ${assigned.join(', ')} WHERE ${newer}`,
      )
      .run(...cells.map(bound))
  }

  /** How many rows of a table there are. */
  count(table: string): number {
    return this.#tables.has(table) ? Number(this.#db.prepared(`SELECT count(*) AS n FROM ${quoted(table)}`).get()?.n) : 0
  }

  /** Whether a row is there. */
  has(table: string, id: string): boolean {
    return this.#tables.has(table) && this.#db.prepared(`SELECT 1 FROM ${quoted(table)} WHERE id = ?`).get(id) !== undefined
  }

  get path(): string {
    return this.#path
  }

  /** The names of the tables. */
  get tables(): Iterable<string> {
    return this.#tables.keys()
  }

  /** Removes parts that name a message of another session: of the two rows one is not what it seems. */
  disentangle(): void {
    this.#db.exec(`DELETE FROM part WHERE EXISTS
      (SELECT 1 FROM message WHERE message.id = part.message_id AND message.session_id <> part.session_id)`)
  }

  /** Takes away the rows of sessions. */
  leaveOut(sessions: ReadonlySet<string>): void {
    const ids = JSON.stringify([...sessions])
    for (const { table, columns } of this.#tables.values()) {
      const own = columns.some(({ name }) => name === 'session_id') ? 'session_id' : 'id'
      this.#db.prepared(`DELETE FROM ${quoted(table)} WHERE ${own} IN (SELECT value FROM json_each(?))`).run(ids)
    }
  }

  /** Notes a message, or a part of one, that is named somewhere and has no row. */
  noteIfGone(session: string | null, message: string, part: string | null): void {
    if (part === null ? this.has('message', message) || this.has('session_message', message) : this.has('part', part)) return
    this.#db.exec(`CREATE TABLE IF NOT EXISTS ${gapTable} (session_id text, message_id text NOT NULL, part_id text)`)
    const own = session ?? this.#db.prepared('SELECT session_id FROM message WHERE id = ?').get(message)?.session_id ?? null
    this.#db.prepared(`INSERT INTO ${gapTable} VALUES (?, ?, ?)`).run(own, message, part)
  }

  /** Says of what the rows are. */
  note(path: string, stamp: string): void {
    this.#db.exec(`CREATE TABLE ${noteTable} (path text, stamp text)`)
    this.#db.prepared(`INSERT INTO ${noteTable} VALUES (?, ?)`).run(path, stamp)
  }

  /** Puts the finished file where it stays. */
  moveTo(path: string): void {
    putInPlace(this.#path, path)
    this.#path = path
    this.#forget()
  }

  /**
   * Takes away tables without rows, and columns that no row has, where nothing says that there are any: a session of 1.x has none
   * of 2.x beside it.
   * @param stated tables that the database itself has, with all their columns
   */
  trim(stated: ReadonlySet<string>): void {
    const has = (table: string) => this.#widest.has(table)
    const isV1 = stated.size === 0 && (has('message') || has('part') || (has('session') && !has('session_message')))
    for (const { table, columns } of this.#tables.values()) {
      if (stated.has(table)) continue
      const widest = this.#widest.get(table)
      if (!widest && !(isV1 && ofV1.includes(table))) this.#db.exec(`DROP TABLE ${quoted(table)}`)
      const unused = widest ? columns.filter(({ name }) => !widest.has(name)) : []
      for (const { name } of unused) this.#db.exec(`ALTER TABLE ${quoted(table)} DROP COLUMN ${quoted(name)}`)
    }
  }

  /** Ends taking in. From now on it is read under its path. */
  finish(): void {
    this.#db.exec('COMMIT')
    for (const [table, columns] of indexed) {
      const there = this.#db.prepared('SELECT name FROM pragma_table_info(?)').all(table)
      if (columns.every((column) => there.some(({ name }) => name === column)))
        this.#db.exec(`CREATE INDEX ${quoted(`${table}_${columns[0]}`)} ON ${quoted(table)} (${columns.map(quoted).join(', ')})`)
    }
    this.#db.close()
  }

  /** Deletes it. */
  remove(): void {
    this.#db.close()
    removeDatabase(this.path)
    this.#forget()
  }
}

/** A version that was written in the same moment as another is the later one when it says more: text grows as it is written. */
const newest = (hasData: boolean) => {
  const same = 'excluded.time_updated = time_updated AND length(excluded.data) > length(data)'
  return `excluded.time_updated > time_updated${hasData ? ` OR (${same})` : ''}`
}

const cellOf = (value: SqlValue): Cell => (typeof value === 'string' ? new TextBytes(Buffer.from(value)) : value)

const bound = (cell: Cell): SqlValue => (cell instanceof TextBytes ? cell.bytes : cell)

/** Columns of JSON objects: what was torn apart does not parse. */
const ofJSON = new Set(['data', 'model', 'revert', 'metadata', 'summary_diffs', 'permission'])

/** What no id, title or path has, and what is left of a head of a free place nearly always has. */
const binary = /[\0-\x08\x0e-\x1f]/

/** The year 2096, in ms: what is later is another number. */
const latest = 4e12

const isTime = (cell: Cell) => cell === null || (typeof cell === 'number' && cell >= 0 && cell < latest)

function isSound(columns: FoundRow['shape']['columns'], cells: readonly Cell[]): boolean {
  return cells.every((cell, index) => {
    const column = columns[index]!
    if (!(cell instanceof TextBytes)) return !column.name.startsWith('time_') || isTime(cell)
    try {
      const text = strict.decode(cell.bytes)
      if (!ofJSON.has(column.name)) return !binary.test(text)
      return column.name !== 'data' || isObject(JSON.parse(text))
    } catch {
      return false
    }
  })
}
