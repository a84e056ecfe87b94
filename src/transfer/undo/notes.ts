import { rmSync } from 'node:fs'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import type { WritableDatabase } from '../../sqlite/writable.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import { textBytes } from '../write/sqlite/raw-rows.ts'
import type { DigestTable } from '../write/sqlite/row-digest.ts'
import type { UndoNotes } from '../write/writer.ts'
import { makeNotes } from './notes-file.ts'

/** What is noted of a change as a whole. */
export interface UndoAbout {
  /** The database that is changed. */
  readonly database: string
  readonly generation: Generation
  /** When, in ms since the epoch. */
  readonly time: number
}

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
    const { db, change } = makeNotes(this.#folder, this.#about.time)
    this.#name = change
    this.#db = db
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

  adopted(table: string, key: 'id' | 'session_id', id: string, digest: Uint8Array | null): void {
    const sql = 'INSERT INTO adopted (tree, tbl, key, id, digest) VALUES (?, ?, ?, ?, ?)'
    this.#file().run(sql, this.#tree, table, key, id, digest)
  }

  keepsEvents(id: SessionID): void {
    this.#file().run('INSERT INTO logged (tree, id) VALUES (?, ?)', this.#tree, id)
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
