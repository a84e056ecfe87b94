import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, writeUnplaced } from '../../base/files.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { figuresPath } from '../../search/index/cache-dir.ts'
import { nameOf } from '../../search/index/index-file.ts'
import { Meta } from '../../search/index/meta.ts'
import { removeDatabase } from '../../sqlite/database-files.ts'
import { openConnection } from '../../sqlite/open.ts'
import type { Connection } from '../../sqlite/port.ts'
import type { Store } from '../../stores/store.ts'
import type { Figures } from '../figures.ts'
import { packFigures, packPrints, unpackFigures } from './pack.ts'

/** Grows with every change of what is counted or kept: figures of another format are counted anew. */
const format = 'figures 1'

const schema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS figures (id TEXT PRIMARY KEY, mark TEXT NOT NULL, body TEXT NOT NULL, prints BLOB NOT NULL);
`

const among = 'WHERE id IN (SELECT value FROM json_each(?))'
const fewSessions = 1000

/** How long a statement waits for another process. */
const busyMs = 1000

/** The figures of a store's sessions, as they were when each had its mark: a database beside the search index. */
export class FiguresFile {
  readonly meta: Meta
  readonly #db: Connection

  private constructor(db: Connection) {
    this.#db = db
    this.meta = new Meta((sql) => db.prepared(sql))
  }

  /**
   * Opens the file of a store, making it where there is none that this release can use.
   * @throws whatever keeps it from being made: a full disk, a folder without permission
   */
  static open(folder: string, store: Store): FiguresFile {
    const path = figuresPath(folder, store)
    try {
      const file = FiguresFile.#at(path)
      if (file.meta.text('format') === format && file.meta.text('store') === nameOf(store)) return file
      file.close()
    } catch {
      // Of another format, damaged, or not there.
    }
    removeDatabase(path)
    const file = FiguresFile.#at(path)
    file.meta.set('format', format)
    file.meta.set('store', nameOf(store))
    return file
  }

  static #at(path: string): FiguresFile {
    const isNew = !existsSync(path)
    if (isNew) {
      makeFolder(dirname(path))
      writeUnplaced(path, []) // of the owner alone, and so is what SQLite makes beside it
    }
    const db = openConnection(path, { timeoutMs: busyMs })
    try {
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; ${schema}`)
      return new FiguresFile(db)
    } catch (error) {
      db.close()
      if (isNew) removeDatabase(path) // on a full disk
      throw error
    }
  }

  /** The mark of each session that is here, or of these. */
  marks(ids?: readonly SessionID[]): Map<SessionID, string> {
    const rows = this.#db.prepared(`SELECT id, mark FROM figures ${ids ? among : ''}`).all(...(ids ? [JSON.stringify(ids)] : []))
    return new Map(rows.map((row) => [String(row.id), String(row.mark)]))
  }

  /** The figures of these sessions, in no order. @throws what SQLite says of a damaged file, or what no JSON is */
  *read(ids: ReadonlySet<SessionID>): Iterable<[SessionID, Figures]> {
    // Of many a scan is the fastest way.
    const few = ids.size < fewSessions
    const rows = this.#db.prepared(`SELECT id, body, prints FROM figures ${few ? among : ''}`)
    for (const row of rows.iterate(...(few ? [JSON.stringify([...ids])] : []))) {
      const id = String(row.id)
      if (ids.has(id)) yield [id, unpackFigures(String(row.body), row.prints as Uint8Array)]
    }
  }

  begin(): void {
    this.#db.exec('BEGIN IMMEDIATE')
  }

  commit(): void {
    this.#db.exec('COMMIT')
  }

  rollback(): void {
    if (this.#db.isInTransaction) this.#db.exec('ROLLBACK')
  }

  put(id: SessionID, mark: string, figures: Figures): void {
    const sql = 'INSERT OR REPLACE INTO figures (id, mark, body, prints) VALUES (?, ?, ?, ?)'
    this.#db.prepared(sql).run(id, mark, packFigures(figures), packPrints(figures.prints))
  }

  remove(id: SessionID): void {
    this.#db.prepared('DELETE FROM figures WHERE id = ?').run(id)
  }

  close(): void {
    this.#db.close()
  }
}
