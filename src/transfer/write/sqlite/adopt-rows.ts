import type { Exported, UndoNotes } from '../writer.ts'
import type { PlannedRows } from './compare.ts'
import { makeSessionRow } from './new-session.ts'
import { exactRows, rowDigest, sessionDigest } from './row-digest.ts'
import { copyStaged, idIn, insertIfAbsent, readBack, type StagedTable } from './rows.ts'
import type { SqliteSchema } from './schema.ts'

const isTouched = ({ staged }: StagedTable) => `id IN (SELECT id FROM temp.touched WHERE tbl = '${staged}')`

/**
 * Writes a session whose row is gone and of which messages or parts are left: the row, and what is missing beside it. What is
 * left stays as it is, also when this is taken back.
 * @param made the sessions of its tree that were written before it; it is added
 * @throws OcvaultError `failed` when it does not read back as it was written
 */
export function adoptRows<E extends Exported>(
  schema: SqliteSchema<E>,
  planned: PlannedRows,
  made: Set<string>,
  undo: UndoNotes,
): void {
  const { db, layout } = schema
  const { id, columns, others } = planned
  makeSessionRow(schema, planned, made, undo)
  const tables = schema.transcript(columns)
  for (const { staged, table } of tables) {
    db.run(
      `INSERT INTO temp.touched (tbl, id, state) SELECT '${staged}', i.id, 'added' FROM temp.${staged} i
        WHERE i.session_id = ? AND NOT EXISTS (SELECT 1 FROM main.${table} m WHERE m.id = i.id)`,
      id,
    )
  }
  const owners = messagesWithPartsLeft(schema, id)
  for (const each of tables) {
    copyStaged(db, each, `session_id = ? AND ${isTouched(each)}`, id)
    readBack(db, each, id, `AND i.${isTouched(each)}`)
    const added = `session_id = ? AND ${isTouched(each)}`
    for (const row of exactRows(db, each.table, [...schema.names(each.table)], added, id)) {
      const rowID = idIn(row)
      const digest = rowDigest(row)
      if (each.table === layout.message && owners.has(rowID)) undo.adopted(each.table, 'id', rowID, digest)
      else undo.after(each.table, rowID, digest)
    }
  }
  for (const table of new Set(others.map((other) => other.table))) {
    if (!schema.names(table).has('session_id')) continue
    if (db.get(`SELECT 1 FROM main.${table} WHERE session_id = ? LIMIT 1`, id)) continue
    for (const other of others) if (other.table === table) insertIfAbsent(db, other)
    undo.adopted(table, 'session_id', id, null)
  }
  undo.adopted(layout.session, 'id', id, sessionDigest(db, schema.digestTables, id))
  for (const { staged } of tables) db.run('DELETE FROM temp.touched WHERE tbl = ?', staged)
}

/** Messages that wait and are not there, though parts of them are. */
export function messagesWithPartsLeft<E extends Exported>({ db, layout }: SqliteSchema<E>, id: string): ReadonlySet<string> {
  if (layout.part === null) return new Set()
  const found = db.all(
    `SELECT i.id FROM temp.in_message i WHERE i.session_id = ? AND EXISTS (SELECT 1 FROM main.${layout.part} p WHERE p.message_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM main.${layout.message} m WHERE m.id = i.id)`,
    id,
  )
  return new Set(found.map((row) => String(row.id)))
}
