import { textOf } from '../base/json.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import { Database } from '../sqlite/database.ts'
import { isCorruption } from '../sqlite/errors.ts'
import type { SqlValue } from '../sqlite/port.ts'
import type { StorageKey } from './key.ts'

/** Keys at a time: each reading is a short transaction. */
const chunk = 2000

/** The tables of a database of 1.2 to 1.19, as far as they are there and sound. */
export class V1Rows {
  readonly db: Database
  /** Whether damaged pages got in the way. */
  isDamaged = false
  readonly #tables: ReadonlySet<string>
  readonly #columns = new Map<string, ReadonlySet<string>>()

  /** @throws OcvaultError as `Database` does */
  constructor(path: string) {
    this.db = new Database(path)
    this.#tables = this.db.tables()
  }

  /** Whether there is a table with these columns. */
  has(table: string, ...names: string[]): boolean {
    let columns = this.#columns.get(table)
    if (!columns) {
      columns = this.#tables.has(table) ? this.db.columns(table) : new Set()
      this.#columns.set(table, columns)
    }
    return names.every((name) => columns.has(name))
  }

  /**
   * Asks the tables, and where that cannot be, otherwise. What is missing behind damaged pages is an error.
   * @param tables each with columns that it must have
   */
  or<T>(tables: readonly (readonly [string, ...string[]])[], ask: () => T, otherwise: () => T): T {
    if (!tables.every((each) => this.has(...each))) return otherwise()
    try {
      return ask()
    } catch (error) {
      if (!isCorruption(error)) throw error
      this.isDamaged = true
      const found = otherwise()
      if (found === undefined) throw error // nobody can tell that there is nothing
      return found
    }
  }

  /** The same for keys; what was given before damaged pages got in the way is not given again. */
  *orKeys(ask: () => Iterable<StorageKey>, otherwise: () => Iterable<StorageKey>): Iterable<StorageKey> {
    try {
      yield* ask()
      return
    } catch (error) {
      if (!isCorruption(error)) throw error
      this.isDamaged = true
    }
    const given = new Set<string>()
    try {
      for (const key of ask()) given.add(key.join('/'))
    } catch (error) {
      if (!isCorruption(error)) throw error
    }
    for (const key of otherwise()) if (!given.has(key.join('/'))) yield key
  }

  /** Whether `session_message` belongs to `session`: the previews of 2.0 have it so. */
  get hasPreview(): boolean {
    return this.has('session_message', 'session_id') && !this.#tables.has('session_v2')
  }

  /** Whether a session has messages of a preview of 2.0, or messages that are gone, and told only by their parts or events. */
  isMixed(id: SessionID): boolean {
    if (this.hasPreview && this.db.get('SELECT 1 FROM session_message WHERE session_id = ? LIMIT 1', id)) return true
    return this.db.get('SELECT 1 FROM message WHERE session_id = ? LIMIT 1', id) === undefined
  }

  isStored(id: MessageID): boolean {
    return this.db.get('SELECT 1 FROM message WHERE id = ?', id) !== undefined
  }

  /** Ids in order, some at a time, from the index alone where there is one. */
  *walk(table: 'message' | 'part', owner: string, of?: string): Iterable<StorageKey> {
    const select = `SELECT ${owner} AS owner, id FROM ${table}`
    const end = `ORDER BY ${owner}, id LIMIT ${chunk}`
    let after: readonly SqlValue[] = ['', '']
    for (;;) {
      const rows =
        of === undefined
          ? this.db.all(`${select} WHERE (${owner}, id) > (?, ?) ${end}`, ...after)
          : this.db.all(`${select} WHERE ${owner} = ? AND id > ? ${end}`, of, after[1]!)
      for (const row of rows) yield [table, String(row.owner), String(row.id)]
      const last = rows.at(-1)
      if (!last || rows.length < chunk) return
      after = [last.owner!, last.id!]
    }
  }

  /** Whose a row is. */
  ownerIn(table: string, column: string, id: MessageID): SessionID | undefined {
    if (!this.has(table, column, 'session_id')) return undefined
    return textOf(this.db.get(`SELECT session_id FROM ${table} WHERE ${column} = ? LIMIT 1`, id)?.session_id) ?? undefined
  }
}
