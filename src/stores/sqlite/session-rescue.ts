import { reasonOf } from '../../base/errors.ts'
import type { ProblemLog } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'

/** Row ids of sessions are dense; a longer gap is the end of the table, or of what a damaged page still lets us reach. */
const longestGap = 1000

/**
 * The rows of a session table with damaged pages, as many as there are ways to reach: the table without its indexes, which is all
 * of them where only an index is damaged; else each row by its row id, and each id that the index still tells from either end.
 * Every session whose id is known and whose row is lost is named.
 * @param columns the select list; has `id`
 */
export function rescueSessions(db: Database, table: string, columns: string, log: ProblemLog): Map<SessionID, Row> {
  try {
    const rows = db.all(`SELECT ${columns} FROM ${table} NOT INDEXED`)
    log.add(db.path, `table ${table}: a damaged index; read without it`)
    return new Map(rows.map((row) => [String(row.id), row]))
  } catch (error) {
    if (!isCorruption(error)) throw error
    log.add(db.path, `table ${table}: damaged pages; shown is what can still be reached (${reasonOf(error)})`)
  }
  const rows = rowsByRowID(db, `SELECT ${columns} FROM ${table} WHERE rowid = ?`)
  for (const id of idsInIndex(db, table)) {
    if (rows.has(id)) continue
    try {
      const row = db.get(`SELECT ${columns} FROM ${table} WHERE id = ?`, id)
      if (row) rows.set(id, row)
    } catch (error) {
      log.add(db.path, `session ${id}: ${reasonOf(error)}`)
    }
  }
  return rows
}

function rowsByRowID(db: Database, sql: string): Map<SessionID, Row> {
  const rows = new Map<SessionID, Row>()
  for (let rowid = 1, missed = 0; missed < longestGap; rowid++) {
    let row: Row | undefined
    try {
      row = db.get(sql, rowid)
    } catch {
      // On a damaged page: the index names it, if it can.
    }
    missed = row ? 0 : missed + 1
    if (row) rows.set(String(row.id), row)
  }
  return rows
}

/** The ids in the index of the primary key, walked from both ends, because a damaged page stops a walk. */
function idsInIndex(db: Database, table: string): Set<SessionID> {
  const ids = new Set<SessionID>()
  for (const [next, direction, start] of [
    ['>', 'ASC', ''],
    ['<', 'DESC', '\u{10ffff}'],
  ] as const) {
    try {
      for (let last: string = start; ; ) {
        const row = db.get(`SELECT id FROM ${table} WHERE id ${next} ? ORDER BY id ${direction} LIMIT 1`, last)
        if (!row || ids.has(String(row.id))) break
        last = String(row.id)
        ids.add(last)
      }
    } catch {
      // The walk ends here; the other one starts at the other end.
    }
  }
  return ids
}
