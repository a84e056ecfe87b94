import { randomBytes } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import { makeFolder, writingFailed } from '../../base/files.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/port.ts'
import { quoted, WritableDatabase } from '../../sqlite/writable.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import { textBytes } from '../write/sqlite/raw-rows.ts'
import type { DigestTable } from '../write/sqlite/row-digest.ts'
import type { UndoNotes } from '../write/writer.ts'
import { notesPath } from './folder.ts'

/** What is noted of a change as a whole. */
export interface UndoAbout {
  /** The database that is changed. */
  readonly database: string
  readonly generation: Generation
  /** When, in ms since the epoch. */
  readonly time: number
}

/** `2026-11-21T105912.345-1f3a`: sorts by time, and is a file's name on every system. */
function changeID(time: number): string {
  return `${new Date(time).toISOString().slice(0, 23).replaceAll(':', '')}-${randomBytes(2).toString('hex')}`
}

const tables = `
  CREATE TABLE about (key TEXT PRIMARY KEY, value);
  CREATE TABLE session (tree INTEGER, id TEXT, title TEXT, PRIMARY KEY (tree, id)) WITHOUT ROWID;
  CREATE TABLE made (tree INTEGER, id TEXT, digest BLOB, PRIMARY KEY (tree, id)) WITHOUT ROWID;
  CREATE TABLE after (tree INTEGER, tbl TEXT, id TEXT, digest BLOB, PRIMARY KEY (tree, tbl, id)) WITHOUT ROWID;
  CREATE TABLE applied (tree INTEGER PRIMARY KEY);
  CREATE TABLE project (tree INTEGER, id TEXT, time INTEGER, PRIMARY KEY (tree, id)) WITHOUT ROWID;`

/** The rows of a table as they were before a change. */
const beforeTable = (table: string): string => quoted(`before ${table}`)

/**
 * The notes of one import: a small SQLite file, which takes rows byte for byte. It is made with the first change; where rows are
 * replaced or removed, it is on the disk before OpenCode's database is touched.
 */
export class UndoFile implements UndoNotes {
  readonly #folder: string
  readonly #about: UndoAbout
  #db: WritableDatabase | undefined
  #tree = 0
  #open = false
  #precious = false
  #kept = false
  #before = new Map<string, readonly string[]>()

  constructor(folder: string, about: UndoAbout) {
    this.#folder = folder
    this.#about = about
  }

  /** The name of the change, once it is closed; undefined when nothing was changed. */
  get change(): string | undefined {
    return this.#kept ? this.#name : undefined
  }

  #name = ''

  #file(): WritableDatabase {
    if (this.#db) return this.#db
    this.#name = changeID(this.#about.time)
    const path = notesPath(this.#folder, this.#name)
    makeFolder(this.#folder)
    try {
      closeSync(openSync(path, 'wx', 0o600))
    } catch (error) {
      throw writingFailed(path, error)
    }
    this.#db = new WritableDatabase(path, true)
    // Nobody else gets at them until the change is made or its maker is dead: so a change that is being made is told from one
    // that was cut off.
    this.#db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    this.#db.exec(tables)
    return this.#db
  }

  begin(digests: readonly DigestTable[]): void {
    const db = this.#file()
    db.exec('BEGIN')
    this.#open = true
    const about = { ...this.#about, tables: JSON.stringify(digests) }
    this.#tree++
    for (const [key, value] of Object.entries(about)) db.run('INSERT OR IGNORE INTO about (key, value) VALUES (?, ?)', key, value)
  }

  session(id: SessionID, title: string): void {
    this.#file().run('INSERT OR IGNORE INTO session (tree, id, title) VALUES (?, ?, ?)', this.#tree, id, title)
  }

  before(table: string, id: string, row: Row): void {
    const db = this.#file()
    this.#precious = true
    let columns = this.#before.get(table)
    if (!columns) {
      columns = Object.keys(row)
      db.exec(`CREATE TABLE IF NOT EXISTS ${beforeTable(table)} (" tree" INTEGER, " id" TEXT, ${columns.map(quoted).join(', ')})`)
      this.#before.set(table, columns)
    }
    const marks = columns.map((name) => (row[name] instanceof Uint8Array ? 'CAST(? AS TEXT)' : '?'))
    const sql = `INSERT INTO ${beforeTable(table)} VALUES (?, ?, ${marks.join(', ')})`
    db.run(sql, this.#tree, id, ...columns.map((name) => textBytes(row[name] ?? null)))
  }

  after(table: string, id: string, digest: Uint8Array | null): void {
    this.#file().run('INSERT INTO after (tree, tbl, id, digest) VALUES (?, ?, ?, ?)', this.#tree, table, id, digest)
  }

  made(id: SessionID, digest: Uint8Array): void {
    this.#file().run('INSERT INTO made (tree, id, digest) VALUES (?, ?, ?)', this.#tree, id, digest)
  }

  madeProject(id: string, time: number): void {
    this.#file().run('INSERT INTO project (tree, id, time) VALUES (?, ?, ?)', this.#tree, id, time)
  }

  commit(): void {
    const db = this.#file()
    db.exec('COMMIT')
    this.#open = false
    if (this.#precious) db.all('PRAGMA wal_checkpoint(FULL)') // which ends in an fsync
    this.#precious = false
    this.#kept = true
  }

  applied(): void {
    this.#file().run('INSERT OR IGNORE INTO applied (tree) VALUES (?)', this.#tree)
  }

  discard(): void {
    if (!this.#db) return
    this.#before = new Map()
    if (this.#open) this.#db.rollback()
    else {
      // The change was noted, and then failed: nothing of it may be taken back.
      this.#db.exec('BEGIN')
      for (const table of this.#db.tables()) {
        if (table === 'about') continue
        const tree = table.startsWith('before ') ? '" tree"' : 'tree'
        this.#db.run(`DELETE FROM ${quoted(table)} WHERE ${tree} = ?`, this.#tree)
      }
      this.#db.exec('COMMIT')
    }
    this.#open = false
    this.#precious = false
  }

  /** Leaves no file behind when nothing was changed. */
  close(): void {
    const db = this.#db
    if (!db) return
    const isEmpty = !this.#kept || db.get('SELECT 1 FROM session LIMIT 1') === undefined
    this.#kept = !isEmpty
    db.close()
    this.#db = undefined
    if (isEmpty) for (const suffix of ['', '-wal', '-shm']) rmSync(db.path + suffix, { force: true })
  }
}
