import type { Database } from '../../sqlite/database.ts'
import { quoted } from '../../sqlite/quoted.ts'

/** What a group of rows holds. */
export interface RowGroup {
  readonly name: string
  readonly rows: number
  readonly bytes: number
}

/** A table with its indexes. */
export interface TableSize {
  readonly table: string
  readonly bytes: number
}

/**
 * The room that each table takes with its indexes, largest first, as SQLite's `dbstat` counts it: every page is looked at.
 * Undefined where this SQLite was built without it.
 */
export function exactTableSizes(db: Database): TableSize[] | undefined {
  const sql = `SELECT coalesce(s.tbl_name, d.name) AS name, sum(d.pgsize) AS bytes
    FROM dbstat AS d LEFT JOIN sqlite_master AS s ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC`
  try {
    return db.all(sql).map(({ name, bytes }) => ({ table: String(name), bytes: Number(bytes) }))
  } catch (error) {
    if (error instanceof Error && /no such table: dbstat/.test(error.message)) return undefined
    throw error
  }
}

/** How many rows are looked at where a table is too large to be read. */
const samples = 1000
/** Up to so many rows all are read: without their long texts, whose length SQLite tells from the beginning of the row. */
const fewRows = 50_000

/** Rows of a table in groups, largest first. */
export interface Sizes {
  readonly groups: readonly RowGroup[]
  readonly bytes: number
  readonly isEstimate: boolean
}

const rowBytes = (columns: ReadonlySet<string>) =>
  [...columns].map((name) => `ifnull(octet_length(${quoted(name)}), 0)`).join(' + ')

/**
 * What the rows of a table hold, by the values of a column. A table of many rows is not read: rows that stand evenly over it are
 * looked at, each through the tree, so that the answer takes as long for a hundred gigabytes as for one.
 * @param exact reads all rows, whatever their number
 */
export function sizesBy(db: Database, table: string, by: string, exact: boolean): Sizes {
  const columns = db.columns(table)
  const name = columns.has(by) ? quoted(by) : "''"
  const span = db.get(`SELECT min(rowid) AS first, max(rowid) AS last FROM ${quoted(table)}`)
  const first = Number(span?.first ?? 0)
  const length = span?.last == null ? 0 : Number(span.last) - first + 1
  const groups = new Map<string, { rows: number; bytes: number }>()
  const add = (group: unknown, rows: number, bytes: number) => {
    const before = groups.get(String(group)) ?? { rows: 0, bytes: 0 }
    groups.set(String(group), { rows: before.rows + rows, bytes: before.bytes + bytes })
  }
  const isEstimate = !exact && length > fewRows
  if (isEstimate) {
    const one = `SELECT ${name} AS name, ${rowBytes(columns)} AS bytes FROM ${quoted(table)} WHERE rowid = ?`
    const weight = length / samples
    for (const rowid of spread(first, length)) {
      const row = db.get(one, rowid)
      if (row) add(row.name, weight, Number(row.bytes) * weight)
    }
  } else if (length > 0) {
    const all = `SELECT ${name} AS name, count(*) AS rows, sum(${rowBytes(columns)}) AS bytes FROM ${quoted(table)} GROUP BY 1`
    for (const row of db.all(all)) add(row.name, Number(row.rows), Number(row.bytes))
  }
  const sorted = [...groups]
    .map(([group, size]) => ({ name: group, rows: Math.round(size.rows), bytes: Math.round(size.bytes) }))
    .sort((a, b) => b.bytes - a.bytes)
  return { groups: sorted, bytes: sorted.reduce((sum, { bytes }) => sum + bytes, 0), isEstimate }
}

/** One row number in each of so many equal stretches, at another place in each, and the same ones each time. */
function* spread(first: number, length: number): Iterable<number> {
  for (let at = 0; at < samples; at++) {
    const within = (at * 0.6180339887498949) % 1
    yield first + Math.min(length - 1, Math.floor(((at + within) / samples) * length))
  }
}
