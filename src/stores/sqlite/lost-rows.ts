import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import { indexOn } from './index-on.ts'

/** Row ids by the names of tables. */
export type LastRows = Readonly<Record<string, number>>

/**
 * The ids that a column has and that stand in none of these tables. With an index one is found from the one before it, so that
 * the cost is one look-up for each session and not for each row.
 * @param place `after`: only of rows that came after the one with this row id
 */
function idsWithout(
  db: Database,
  { table, column, after }: { readonly table: string; readonly column: string; readonly after: number | undefined },
  parents: readonly string[],
): SessionID[] {
  const recent = `SELECT DISTINCT ${column} AS id FROM ${table} NOT INDEXED WHERE rowid > ${after} AND ${column} IS NOT NULL`
  const all =
    indexOn(db, table, column) !== undefined
      ? `WITH RECURSIVE each(id) AS (SELECT min(${column}) FROM ${table} UNION ALL
        SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > each.id) FROM each WHERE each.id IS NOT NULL)
        SELECT id FROM each WHERE id IS NOT NULL`
      : `SELECT DISTINCT ${column} AS id FROM ${table} WHERE ${column} IS NOT NULL`
  const distinct = after === undefined ? all : recent
  const absent = parents.map((parent) => `NOT EXISTS (SELECT 1 FROM ${parent} AS own WHERE own.id = found.id)`)
  return db.all(`SELECT id FROM (${distinct}) AS found WHERE ${absent.join(' AND ')}`).map((row) => String(row.id))
}

/**
 * Sessions that rows belong to, and that have no row themselves: deleted by hand (the sqlite3 shell does not look at foreign
 * keys), or left over by half a migration.
 * @param tables of transcripts, with a column `session_id`
 * @param sessionTables where sessions have their rows
 * @param after the row ids of tables whose rows up to these are known to belong to sessions
 */
export function sessionsWithoutRow(
  db: Database,
  tables: readonly string[],
  sessionTables: readonly string[],
  after: LastRows = {},
): Set<SessionID> {
  const lost = new Set<SessionID>()
  for (const table of tables) {
    if (!db.columns(table).has('session_id')) continue
    try {
      for (const id of idsWithout(db, { table, column: 'session_id', after: after[table] }, sessionTables)) lost.add(id)
    } catch (error) {
      if (!isCorruption(error)) throw error // damaged pages are named where the rows are read
    }
  }
  return new Set(absentIn(db, [...lost], sessionTables))
}

/**
 * Those of these ids that are in none of the tables, looked for without their indexes: a damaged one would make a session stand
 * there twice.
 */
function absentIn(db: Database, ids: readonly SessionID[], tables: readonly string[]): SessionID[] {
  if (ids.length === 0) return []
  const there = new Set<SessionID>()
  for (const table of tables) {
    try {
      const sql = `SELECT id FROM ${table} NOT INDEXED WHERE id IN (SELECT value FROM json_each(?))`
      for (const row of db.all(sql, JSON.stringify(ids))) there.add(String(row.id))
    } catch (error) {
      if (!isCorruption(error)) throw error // what cannot be read is as good as gone
    }
  }
  return ids.filter((id) => !there.has(id))
}

/**
 * Sessions that OpenCode's log of events (1.14 to 1.19) tells the beginning of, and neither a row nor the log's end says that
 * they are deleted.
 */
export function sessionsInEvents(db: Database, sessionTables: readonly string[], after: LastRows = {}): SessionID[] {
  const tables = db.tables()
  if (!tables.has('event') || !tables.has('event_sequence')) return []
  const columns = db.columns('event')
  if (!['aggregate_id', 'type', 'seq', 'data'].every((name) => columns.has(name))) return []
  const has = (type: string) => `EXISTS (SELECT 1 FROM event WHERE aggregate_id = value AND type = '${type}')`
  try {
    const table = 'event_sequence'
    const without = absentIn(
      db,
      idsWithout(db, { table, column: 'aggregate_id', after: after[table] }, sessionTables),
      sessionTables,
    )
    const sql = `SELECT value AS id FROM json_each(?) WHERE ${has('session.created.1')} AND NOT ${has('session.deleted.1')}`
    return without.length === 0 ? [] : db.all(sql, JSON.stringify(without)).map(({ id }) => String(id))
  } catch (error) {
    if (!isCorruption(error)) throw error
    return []
  }
}

/** Sessions that have a row, and parts whose message has none. */
export function sessionsWithLostMessages(db: Database): SessionID[] {
  const has = (table: string, ...names: string[]) => names.every((name) => db.columns(table).has(name))
  if (!has('part', 'message_id', 'session_id') || !has('message', 'id') || !has('session', 'id')) return []
  try {
    const messages = idsWithout(db, { table: 'part', column: 'message_id', after: undefined }, ['message'])
    const sql = `SELECT DISTINCT session_id AS id FROM part WHERE message_id IN (SELECT value FROM json_each(?))
      AND session_id IN (SELECT id FROM session)`
    return messages.length === 0 ? [] : db.all(sql, JSON.stringify(messages)).map((row) => String(row.id))
  } catch (error) {
    if (!isCorruption(error)) throw error
    return [] // damaged pages are named where the rows are read
  }
}
