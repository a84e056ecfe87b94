import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'

/** How far a table had grown when somebody looked at it. */
export interface Growth {
  /** The largest row id, and what stood in the key of that row. */
  readonly last: number
  readonly key: string
  /** How many rows it had, and the sum of their row ids; only of tables where that is asked. */
  readonly rows?: number
  readonly sum?: number
}

/**
 * @param whole counts the rows, too, through the smallest index
 * @returns null where nothing can be told: no rows, or no row ids
 */
export function growthOf(db: Database, table: string, key: string, whole = false): Growth | null {
  try {
    const sums = whole ? ', count(*) AS rows, total(rowid) AS sum' : ''
    const row = db.get(`SELECT max(rowid) AS last${sums} FROM ${table}`)
    if (typeof row?.last !== 'number') return null
    const at = keyAt(db, table, key, row.last)
    return at === null ? null : { last: row.last, key: at, ...(whole && { rows: Number(row.rows), sum: Number(row.sum) }) }
  } catch (error) {
    if (isCorruption(error) || /no such column: rowid/.test(String(error))) return null
    throw error
  }
}

/**
 * Whether a table has only got rows since: a row that came later has a larger row id, as long as the last one is where it was.
 * Where rows were counted, none of those was taken out.
 * @param now how far it has grown by now
 */
export function hasOnlyGrown(
  db: Database,
  table: string,
  key: string,
  { last, key: before, rows, sum }: Growth,
  now: Growth | undefined,
): boolean {
  try {
    if (keyAt(db, table, key, last) !== before) return false
    if (rows === undefined) return true
    const since = db.get(`SELECT count(*) AS rows, total(rowid) AS sum FROM ${table} NOT INDEXED WHERE rowid > ?`, last)
    return (now?.rows ?? 0) - Number(since?.rows) === rows && (now?.sum ?? 0) - Number(since?.sum) === sum
  } catch (error) {
    if (isCorruption(error)) return false
    throw error
  }
}

function keyAt(db: Database, table: string, key: string, rowid: number): string | null {
  const row = db.get(`SELECT ${key} AS value FROM ${table} WHERE rowid = ?`, rowid)
  return typeof row?.value === 'string' ? row.value : null
}
