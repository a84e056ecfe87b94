import { type JsonObject, numberOf, parseObject, textOf } from '../../base/json.ts'
import type { ProblemLog } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { isPathSafe } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'
import { matches, nestedAmong, sessionOrder } from '../filter.ts'
import type { SessionFilter, SessionHeader, StoreSize } from '../store.ts'
import { filterableOf, headerOf, SessionColumns } from './session-columns.ts'
import type { ReadJSON } from './session-object.ts'
import { rescueSessions } from './session-rescue.ts'

/** A row with the nearest numbers in place of integers beyond 2^53, which JSON cannot say; `records` has them as they are. */
function withoutBigInts(row: Row): Row {
  if (!Object.values(row).some((value) => typeof value === 'bigint')) return row
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]))
}

/**
 * `session` of 1.2 to 1.19 or `session_v2` of 2.x: the same columns as far as a header goes, whichever release made the table.
 */
export class SessionTable {
  readonly #db: Database
  readonly #table: string
  readonly #log: ProblemLog
  readonly #columns: SessionColumns
  #rescued: ReadonlyMap<SessionID, Row> | undefined

  constructor(db: Database, table: 'session' | 'session_v2', log: ProblemLog) {
    this.#db = db
    this.#table = table
    this.#log = log
    const project = db.columns('project')
    this.#columns = new SessionColumns(db.columns(table), project.has('id') && project.has('worktree') ? table : undefined)
  }

  /** Sessions that pass, in order. Finds the ids first, from few columns, and then reads whole headers as they are asked for. */
  *sessions(filter: SessionFilter): Iterable<SessionHeader> {
    const ids = this.#either(
      () => this.#ids(filter),
      (rows) => inOrder([...rows.values()].map(filterableOf), filter),
    )
    for (let at = 0, count = 64; at < ids.length; at += count, count = Math.min(count * 2, 1024)) {
      const some = ids.slice(at, at + count)
      const headers = this.headers(some)
      yield* headers.length === some.length ? headers : this.#withoutIndex(some, headers)
    }
  }

  /**
   * The same headers where fewer were found than the table has: deleted meanwhile, or hidden by an index whose page is damaged.
   */
  #withoutIndex(ids: readonly SessionID[], found: readonly SessionHeader[]): readonly SessionHeader[] {
    const sql = `SELECT count(*) AS n FROM ${this.#table} NOT INDEXED WHERE id IN (SELECT value FROM json_each(?))`
    const there = this.#either(
      () => numberOf(this.#db.get(sql, JSON.stringify(ids))?.n) ?? 0,
      () => found.length,
    )
    if (there <= found.length) return found
    this.#rescued = rescueSessions(this.#db, this.#table, this.#columns.forHeader, this.#log)
    return this.headers(ids)
  }

  /** Asks the database; once damaged pages got in the way, what could be rescued of the table. */
  #either<T>(ask: () => T, rescued: (rows: ReadonlyMap<SessionID, Row>) => T): T {
    if (!this.#rescued) {
      try {
        return ask()
      } catch (error) {
        if (!isCorruption(error)) throw error
        this.#rescued = rescueSessions(this.#db, this.#table, this.#columns.forHeader, this.#log)
      }
    }
    return rescued(this.#rescued)
  }

  #ids(filter: SessionFilter): SessionID[] {
    const { clauses, params, rest } = this.#conditions(filter)
    const sort = filter.sort ?? 'updated'
    const where = clauses.length > 0 ? `WHERE ${clauses.join(' AND ')}` : ''
    const inJS = rest || sort === 'title'
    const wanted = inJS ? this.#columns.forFilter : 'id'
    const rows = this.#db.all(
      `SELECT ${wanted} FROM ${this.#table} NOT INDEXED ${where} ORDER BY ${this.#columns.orderBy(sort)}`,
      ...params,
    )
    return inJS ? inOrder(rows.map(filterableOf), filter) : rows.map((row) => String(row.id))
  }

  /** What SQLite can decide exactly as `matches` does; `rest` says that more conditions remain. */
  #conditions(filter: SessionFilter): { clauses: string[]; params: (string | number)[]; rest: boolean } {
    const { parent, updated, archived } = this.#columns
    const clauses: string[] = []
    const params: (string | number)[] = []
    const add = (clause: string, ...values: (string | number)[]) => {
      clauses.push(clause)
      params.push(...values)
    }
    if (filter.roots || filter.unlinked) add(`(${parent} IS NULL OR ${parent} = '')`)
    if (filter.unlinked) add(`${this.#columns.of('title')} LIKE '% (@% subagent)'`)
    if (filter.parentIDs) add(`${parent} IN (SELECT value FROM json_each(?))`, JSON.stringify(filter.parentIDs))
    if (filter.since !== undefined) add(`${updated} >= ?`, filter.since)
    if (filter.until !== undefined) add(`${updated} < ?`, filter.until)
    if (filter.archived) add(`${archived} IS ${filter.archived === 'only' ? 'NOT ' : ''}NULL`)
    // LIKE folds case and takes blanks: it narrows down, and `matches` decides.
    const rest = filter.unlinked || filter.project !== undefined || filter.title !== undefined || (filter.text?.length ?? 0) > 0
    return { clauses, params, rest }
  }

  headers(ids: readonly SessionID[]): SessionHeader[] {
    const sql = `SELECT ${this.#columns.forHeader} FROM ${this.#table} WHERE id IN (SELECT value FROM json_each(?))`
    const rows = this.#either<ReadonlyMap<SessionID, Row>>(
      () => new Map(this.#db.all(sql, JSON.stringify(ids)).map((row) => [String(row.id), row])),
      (rescued) => rescued,
    )
    return ids.flatMap((id) => {
      const row = rows.get(id)
      if (row && !isPathSafe(id)) this.#log.add(this.#db.path, `session ${JSON.stringify(id)}: an id that OpenCode does not make`)
      return row ? [headerOf(row, (column) => this.#json(row, column))] : []
    })
  }

  #json(row: Row, column: string): JsonObject | undefined {
    const value = row[column]
    if (value === null || value === '') return undefined
    const parsed = parseObject(textOf(value))
    if (!parsed) this.#log.add(this.#db.path, `session ${row.id}: ${column} is not a JSON object`)
    return parsed
  }

  session(id: SessionID): SessionHeader | undefined {
    return this.headers([id])[0]
  }

  /** A session's row with all its columns, and how to read the JSON in it; of a damaged table what could be rescued. */
  row(id: SessionID): [Row, ReadJSON] | undefined {
    const row = this.#either(
      () => this.#db.get(`SELECT ${this.#columns.all} FROM ${this.#table} WHERE id = ?`, id),
      (rescued) => rescued.get(id),
    )
    if (!row) return undefined
    const directory = textOf(row.directory) || this.session(id)?.directory
    const placed = directory ? { ...row, directory } : row
    return [withoutBigInts(placed), (column) => this.#parsed(row, column)]
  }

  #parsed(row: Row, column: string): unknown {
    const text = textOf(row[column])
    if (text === null) return undefined
    try {
      return JSON.parse(text)
    } catch {
      this.#log.add(this.#db.path, `session ${row.id}: ${column} is not JSON`)
      return undefined
    }
  }

  updated(ids: readonly SessionID[]): Map<SessionID, number> {
    const sql = `SELECT id, ${this.#columns.updated} AS updated FROM ${this.#table} WHERE id IN (SELECT value FROM json_each(?))`
    const rows = this.#either(
      () => this.#db.all(sql, JSON.stringify(ids)).map((row) => [String(row.id), numberOf(row.updated) ?? 0] as const),
      (rescued) => ids.flatMap((id) => (rescued.has(id) ? [[id, filterableOf(rescued.get(id)!).time.updated] as const] : [])),
    )
    return new Map(rows)
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    const sql = `SELECT id FROM ${this.#table} WHERE id >= ? AND id < ? || char(0x10ffff) ORDER BY id LIMIT ?`
    return this.#either(
      () => this.#db.all(sql, prefix, prefix, limit).map((row) => String(row.id)),
      (rescued) =>
        [...rescued.keys()]
          .filter((id) => id.startsWith(prefix))
          .sort()
          .slice(0, limit),
    )
  }

  children(parents: readonly SessionID[]): (readonly [SessionID, SessionID])[] {
    const { parent } = this.#columns
    const sql = `SELECT ${parent} AS parent_id, id FROM ${this.#table} WHERE ${parent} IN (SELECT value FROM json_each(?))`
    const rows = this.#either(
      () => this.#db.all(sql, JSON.stringify(parents)),
      (rescued) => {
        const wanted = new Set(parents)
        return [...rescued.values()].filter((row) => wanted.has(String(row.parent_id)))
      },
    )
    return rows.map((row) => [String(row.parent_id), String(row.id)] as const)
  }

  nested(after?: number): (readonly [SessionID, SessionID])[] {
    const { parent } = this.#columns
    if (parent === 'NULL') return []
    const root = `SELECT 1 FROM ${this.#table} AS up WHERE up.id = own.parent_id AND coalesce(up.parent_id, '') = ''`
    const recent = after === undefined ? '' : `rowid > ${after} AND `
    const sql = `SELECT parent_id, id FROM ${this.#table} AS own NOT INDEXED WHERE ${recent}coalesce(parent_id, '') <> '' AND NOT EXISTS (${root})`
    return this.#either(
      () => this.#db.all(sql).map((row) => [String(row.parent_id), String(row.id)] as const),
      (rescued) => nestedAmong([...rescued.values()].map(filterableOf)),
    )
  }

  /** Ids of sessions that name no parent though their title may say that a subagent wrote them. @param after as for `nested` */
  unlinked(after?: number): SessionID[] {
    const { parent } = this.#columns
    const recent = after === undefined ? '' : `rowid > ${after} AND `
    const isSubagent = `${this.#columns.of('title')} LIKE '% (@% subagent)'`
    const sql = `SELECT id FROM ${this.#table} NOT INDEXED WHERE ${recent}(${parent} IS NULL OR ${parent} = '') AND ${isSubagent}`
    return this.#either(
      () => this.#db.all(sql).map((row) => String(row.id)),
      (rescued) => [...rescued.values()].map(filterableOf).flatMap((one) => (matches(one, { unlinked: true }) ? [one.id] : [])),
    )
  }

  /** SQL that gives for each session its `id`, and a `mark` that changes with its row. */
  marks(): string {
    const names = ['time_updated', 'time_archived', 'parent_id', 'project_id', 'directory', 'title', 'revert']
    const mark = `concat_ws('|', ${names.map((name) => this.#columns.of(name)).join(', ')})`
    return `SELECT id, ${mark} AS mark FROM ${this.#table}`
  }

  size(bytes: number): StoreSize {
    const sql = `SELECT count(*) AS sessions, max(${this.#columns.updated}) AS newest FROM ${this.#table}`
    return this.#either(
      () => {
        const row = this.#db.get(sql)
        return { sessions: numberOf(row?.sessions) ?? 0, bytes, newest: numberOf(row?.newest) }
      },
      (rescued) => {
        const times = [...rescued.values()].map((row) => filterableOf(row).time.updated)
        return { sessions: rescued.size, bytes, newest: times.length > 0 ? Math.max(...times) : null }
      },
    )
  }
}

/** The ids of those that pass, in the filter's order. */
function inOrder(sessions: ReturnType<typeof filterableOf>[], filter: SessionFilter): SessionID[] {
  const found = sessions.filter((session) => matches(session, filter))
  return found.sort(sessionOrder(filter.sort)).map((session) => session.id)
}
