import { closeSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject } from '../../base/json.ts'
import { removeAbandoned, temporaryBeside } from '../../base/temporary.ts'
import { unfinishedUntil } from '../../base/unfinished.ts'
import { fileURI, removeDatabase } from '../../sqlite/database-files.ts'
import { openConnection } from '../../sqlite/open.ts'
import { type Cell, TextBytes } from '../../sqlite/pages/record.ts'
import type { FoundRow } from '../../sqlite/pages/rows-in-page.ts'
import type { Connection, SqlValue } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import type { LostTable } from './tables.ts'

const temporaryName = 'ocvault-lost'

/** JSON that is damaged is none: a page that holds something else by now shows in it. */
const strict = new TextDecoder('utf-8', { fatal: true })

/**
 * Rows that were found in pages, in tables like those that they come from: a database of its own, in a temporary file that its
 * owner alone can read, so that everything that reads a database reads what was found. Of several versions of a row the newest
 * stays.
 */
export class LostRows {
  readonly path: string
  readonly #db: Connection
  readonly #forget: () => void
  readonly #tables: ReadonlyMap<string, LostTable>

  constructor(tables: readonly LostTable[]) {
    removeAbandoned(tmpdir(), (name) => name === temporaryName)
    this.path = temporaryBeside(join(tmpdir(), temporaryName))
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
      this.#put(table, row.shape.columns.map(({ name }) => name).slice(0, cells.length), cells)
      return true
    }
    return false
  }

  #put({ table, key, columns }: LostTable, names: readonly string[], cells: readonly Cell[]): void {
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

  /** Ends taking in. From now on it is read under its path. */
  finish(): void {
    this.#db.exec('COMMIT')
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
