import type { Prepared } from './meta.ts'
import { rowsPerUnit } from './schema.ts'

/** Rows of so many places are kept, of words that are asked for again by the next tier. */
const placesKept = 2_000_000

/** What the full-text table says, as long as the index is held: the same is asked by one tier after another. */
export class TextRows {
  readonly #prepared: Prepared
  readonly #all = new Map<string, Float64Array>()
  readonly #counts = new Map<string, { readonly count: number; readonly limit: number }>()
  #kept = 0

  constructor(prepared: Prepared) {
    this.#prepared = prepared
  }

  /** Row ids that meet an expression, from one up to but without another, in order. */
  between(expression: string, from: number, to: number): Float64Array {
    // As one text: of a million rows Node's SQLite makes a million arrays, which takes longer and twice the memory.
    const sql =
      'SELECT json_group_array(rowid) AS ids FROM (SELECT rowid FROM text WHERE text MATCH ? AND rowid >= ? AND rowid < ?)'
    // FTS5 seeks only to integers, and JavaScript's numbers reach SQLite as floating point.
    const row = this.#prepared(sql).get(expression, BigInt(from), BigInt(to))
    return Float64Array.from(JSON.parse(String(row?.ids)) as number[])
  }

  all(expression: string): Float64Array {
    let rows = this.#all.get(expression)
    if (!rows) {
      rows = this.between(expression, 0, Number.MAX_SAFE_INTEGER)
      this.#kept += rows.length
      if (this.#kept <= placesKept) this.#all.set(expression, rows)
    }
    return rows
  }

  /** In how many rows of these fields an expression is met; those beyond `limit` are not counted. */
  count(expression: string, fieldNumbers: readonly number[] | null, limit: number): number {
    const where = fieldNumbers ? ` AND (rowid & ${rowsPerUnit - 1}) IN (${fieldNumbers.join(',')})` : ''
    const key = expression + where
    const known = this.#counts.get(key)
    if (known && (known.count < known.limit || limit <= known.limit)) return Math.min(known.count, limit)
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM text WHERE text MATCH ?${where} LIMIT ?)`
    const bound = Number.isFinite(limit) ? BigInt(limit) : -1n // SQLite's word for none
    const count = Number(this.#prepared(sql).get(expression, bound)?.n)
    this.#counts.set(key, { count, limit })
    return count
  }
}
