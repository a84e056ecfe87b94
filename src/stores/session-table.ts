import type { SessionID } from '../opencode/ids.ts'
import { isPathSafe } from '../opencode/ids.ts'
import { type JsonObject, numberOf, parseObject, textOf } from '../opencode/json.ts'
import { type Database, isCorruption, type Row } from './database.ts'
import { reasonOf } from './errors.ts'
import { type Filterable, matches, sessionOrder } from './filter.ts'
import type { ProblemLog } from './problems.ts'
import { modelOf, revertOf } from './session-info.ts'
import type { SessionFilter, SessionHeader, StoreSize, Tokens } from './store.ts'

/** Columns that a header is made of. Releases before 1.14 lack `agent` and `model`, before 1.15 `cost` and `tokens_*`. */
const headerColumns = [
  ...['id', 'project_id', 'parent_id', 'slug', 'directory', 'title', 'version', 'share_url', 'agent', 'model', 'revert'],
  ...['cost', 'tokens_input', 'tokens_output', 'tokens_reasoning', 'tokens_cache_read', 'tokens_cache_write'],
  ...['time_created', 'time_updated', 'time_archived'],
]
const filterColumns = [
  'id',
  'project_id',
  'parent_id',
  'slug',
  'directory',
  'title',
  'cost',
  'time_created',
  'time_updated',
  'time_archived',
]

/** SQLite has no column types: what is not a number counts as none, as it does for a header. */
const numberIn = (column: string) => `iif(typeof(${column}) IN ('integer', 'real'), ${column}, NULL)`
const updated = `coalesce(${numberIn('time_updated')}, 0)`

/** SQL for the orders that SQLite and we agree on; titles are put in order here, because case folding differs. */
const orderBy = {
  updated: `${updated} DESC`,
  created: `coalesce(${numberIn('time_created')}, 0) DESC`,
  cost: `${numberIn('cost')} DESC NULLS LAST`,
}

function tokensOf(row: Row): Tokens | null {
  if (row.tokens_input === null) return null
  const count = (name: string) => numberOf(row[name]) ?? 0
  const cache = { read: count('tokens_cache_read'), write: count('tokens_cache_write') }
  return { input: count('tokens_input'), output: count('tokens_output'), reasoning: count('tokens_reasoning'), cache }
}

function filterableOf(row: Row): Filterable & { cost: number | null } {
  return {
    id: String(row.id),
    title: textOf(row.title),
    slug: textOf(row.slug) || null,
    parentID: textOf(row.parent_id) || null,
    projectID: textOf(row.project_id) || null,
    directory: textOf(row.directory) || null,
    cost: numberOf(row.cost),
    time: {
      created: numberOf(row.time_created) ?? 0,
      updated: numberOf(row.time_updated) ?? 0,
      archived: numberOf(row.time_archived),
    },
  }
}

/** @param json reads a JSON column, and reports one that is damaged */
function headerOf(row: Row, json: (column: 'model' | 'revert') => JsonObject | undefined): SessionHeader {
  return {
    ...filterableOf(row),
    agent: textOf(row.agent),
    model: modelOf(json('model')),
    version: textOf(row.version) || null,
    share: textOf(row.share_url),
    tokens: tokensOf(row),
    revert: revertOf(json('revert')),
  }
}

/** `session` of 1.2 to 1.19 or `session_v2` of 2.x: the same columns as far as a header goes, whichever release made the table. */
export class SessionTable {
  readonly #db: Database
  readonly #table: string
  readonly #log: ProblemLog
  readonly #columns: Set<string>

  constructor(db: Database, table: 'session' | 'session_v2', log: ProblemLog) {
    this.#db = db
    this.#table = table
    this.#log = log
    this.#columns = db.columns(table)
  }

  #select(names: readonly string[]): string {
    return names.map((name) => (this.#columns.has(name) ? name : `NULL AS ${name}`)).join(', ')
  }

  /** Sessions that pass, in order. Finds the ids first, from few columns, and then reads whole headers as they are asked for. */
  *sessions(filter: SessionFilter): Iterable<SessionHeader> {
    const ids = this.#ids(filter)
    for (let at = 0, count = 64; at < ids.length; at += count, count = Math.min(count * 2, 1024)) {
      yield* this.#headers(ids.slice(at, at + count))
    }
  }

  #ids(filter: SessionFilter): SessionID[] {
    const { clauses, params, rest } = this.#conditions(filter)
    const sort = filter.sort ?? 'updated'
    const where = clauses.length > 0 ? `WHERE ${clauses.join(' AND ')}` : ''
    const order = sort === 'title' || (sort === 'cost' && !this.#columns.has('cost')) ? 'id' : `${orderBy[sort]}, id`
    const wanted = rest || sort === 'title' ? filterColumns : ['id']
    let rows: Row[]
    try {
      rows = this.#db.all(`SELECT ${this.#select(wanted)} FROM ${this.#table} ${where} ORDER BY ${order}`, ...params)
    } catch (error) {
      if (!isCorruption(error)) throw error
      return this.#salvage(filter)
    }
    if (!rest && sort !== 'title') return rows.map((row) => String(row.id))
    const found = rows.map(filterableOf).filter((session) => !rest || matches(session, filter))
    if (sort === 'title') found.sort(sessionOrder(sort))
    return found.map((session) => session.id)
  }

  /** What SQLite can decide exactly as `matches` does; `rest` says that more conditions remain. */
  #conditions(filter: SessionFilter): { clauses: string[]; params: (string | number)[]; rest: boolean } {
    const clauses: string[] = []
    const params: (string | number)[] = []
    const add = (clause: string, ...values: (string | number)[]) => {
      clauses.push(clause)
      params.push(...values)
    }
    if (filter.roots) add("(parent_id IS NULL OR parent_id = '')")
    if (filter.unlinked) add("(parent_id IS NULL OR parent_id = '') AND title LIKE '% (@% subagent)'")
    if (filter.parentIDs) add('parent_id IN (SELECT value FROM json_each(?))', JSON.stringify(filter.parentIDs))
    if (filter.since !== undefined) add(`${updated} >= ?`, filter.since)
    if (filter.until !== undefined) add(`${updated} < ?`, filter.until)
    if (filter.archived)
      add(
        `${this.#columns.has('time_archived') ? numberIn('time_archived') : 'NULL'} IS ${filter.archived === 'only' ? 'NOT ' : ''}NULL`,
      )
    return { clauses, params, rest: filter.project !== undefined || filter.title !== undefined || (filter.text?.length ?? 0) > 0 }
  }

  #headers(ids: readonly SessionID[]): SessionHeader[] {
    const sql = `SELECT ${this.#select(headerColumns)} FROM ${this.#table} WHERE id`
    let rows: Row[]
    try {
      rows = this.#db.all(`${sql} IN (SELECT value FROM json_each(?))`, JSON.stringify(ids))
    } catch (error) {
      if (!isCorruption(error)) throw error
      rows = ids.map((id) => this.#row(sql, id)).filter((row) => row !== undefined)
    }
    const byID = new Map(rows.map((row) => [String(row.id), row]))
    return ids.flatMap((id) => {
      const row = byID.get(id)
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

  #row(sql: string, id: SessionID): Row | undefined {
    try {
      return this.#db.get(`${sql} = ?`, id)
    } catch (error) {
      if (!isCorruption(error)) throw error
      this.#log.add(this.#db.path, `session ${id}: ${reasonOf(error)}`)
      return undefined
    }
  }

  /**
   * The ids of a table with damaged pages: those that the index on `id` still tells, from both of its ends, and those that can be reached row
   * by row. Every session that cannot be read is named by {@link #row}; what no index leads to is counted.
   */
  #salvage(filter: SessionFilter): SessionID[] {
    const ids = new Set<SessionID>()
    for (const direction of ['ASC', 'DESC'] as const) this.#walkIndex(direction, ids)
    this.#walkRows(ids)
    this.#log.add(this.#db.path, `table ${this.#table}: damaged pages; listed is what can still be reached`)
    const sql = `SELECT ${this.#select(filterColumns)} FROM ${this.#table} WHERE id`
    const found = [...ids].map((id) => this.#row(sql, id)).filter((row) => row !== undefined)
    return found
      .map(filterableOf)
      .filter((session) => matches(session, filter))
      .sort(sessionOrder(filter.sort))
      .map((session) => session.id)
  }

  #walkIndex(direction: 'ASC' | 'DESC', ids: Set<SessionID>): void {
    const next = direction === 'ASC' ? '>' : '<'
    for (let last: string | undefined; ; ) {
      const where = last === undefined ? '' : `WHERE id ${next} ?`
      try {
        const sql = `SELECT id FROM ${this.#table} ${where} ORDER BY id ${direction} LIMIT 1`
        const row = last === undefined ? this.#db.get(sql) : this.#db.get(sql, last)
        if (!row) return
        last = String(row.id)
        ids.add(last)
      } catch {
        return
      }
    }
  }

  #walkRows(ids: Set<SessionID>): void {
    const misses = 1000 // row ids are dense; a longer gap is the end of the table
    for (let rowid = 1, missed = 0; missed < misses; rowid++) {
      try {
        const row = this.#db.get(`SELECT id FROM ${this.#table} WHERE rowid = ?`, rowid)
        missed = row ? 0 : missed + 1
        if (row) ids.add(String(row.id))
      } catch {
        missed++
      }
    }
  }

  session(id: SessionID): SessionHeader | undefined {
    return this.#headers([id])[0]
  }

  updated(ids: readonly SessionID[]): Map<SessionID, number> {
    const sql = `SELECT id, time_updated FROM ${this.#table} WHERE id IN (SELECT value FROM json_each(?))`
    return new Map(this.#tolerant(sql, JSON.stringify(ids)).map((row) => [String(row.id), numberOf(row.time_updated) ?? 0]))
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    const sql = `SELECT id FROM ${this.#table} WHERE id >= ?1 AND id < ?1 || char(0x10ffff) ORDER BY id LIMIT ?2`
    return this.#tolerant(sql, prefix, limit).map((row) => String(row.id))
  }

  children(parents: readonly SessionID[]): (readonly [SessionID, SessionID])[] {
    const sql = `SELECT parent_id, id FROM ${this.#table} WHERE parent_id IN (SELECT value FROM json_each(?))`
    return this.#tolerant(sql, JSON.stringify(parents)).map((row) => [String(row.parent_id), String(row.id)] as const)
  }

  size(bytes: number): StoreSize {
    const row = this.#tolerant(`SELECT count(*) AS sessions, max(${numberIn('time_updated')}) AS newest FROM ${this.#table}`)[0]
    return { sessions: numberOf(row?.sessions) ?? 0, bytes, newest: numberOf(row?.newest) }
  }

  /** Rows, or none where damaged pages are in the way: the problem is named, and the answer goes on without them. */
  #tolerant(sql: string, ...params: (string | number)[]): Row[] {
    try {
      return this.#db.all(sql, ...params)
    } catch (error) {
      if (!isCorruption(error)) throw error
      this.#log.add(this.#db.path, `table ${this.#table}: ${reasonOf(error)}`)
      return []
    }
  }
}
