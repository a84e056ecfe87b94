import type { Database } from '../../sqlite/database.ts'

/** The index of a table that begins with a column, so that rows can be counted and looked up by it. */
export function indexOn(db: Database, table: string, column: string): string | undefined {
  const sql = `SELECT list.name AS name FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info
    WHERE info.seqno = 0 AND info.name = ? AND list.partial = 0 LIMIT 1`
  const row = db.get(sql, table, column)
  return row && String(row.name)
}
