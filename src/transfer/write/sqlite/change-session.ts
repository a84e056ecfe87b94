import { OcvaultError } from '../../../base/errors.ts'
import type { Row } from '../../../sqlite/port.ts'
import type { Exported, StoredLocation, UndoNotes } from '../writer.ts'
import { messagesWithPartsLeft } from './adopt-rows.ts'
import type { PlannedRows } from './compare.ts'
import { locationColumns } from './layout.ts'
import { makeProject } from './new-session.ts'
import { exactRows, rowDigest } from './row-digest.ts'
import { copyStaged, countMessages, idIn, insertRow, readBack } from './rows.ts'
import type { SqliteSchema } from './schema.ts'

/** Messages that are touched, of one session. */
const touchedMessages = `SELECT t.id FROM temp.touched t JOIN temp.in_message i ON i.id = t.id
  WHERE t.tbl = 'message' AND i.session_id = ?`
const isTouchedMessage = `id IN (${touchedMessages})`
const isTouchedPart = `id IN (SELECT t.id FROM temp.touched t WHERE t.tbl = 'part')`
const removedParts = `SELECT id FROM temp.touched WHERE tbl = 'part' AND state = 'removed'`

/** Rows of a table that a change is about. */
interface Affected {
  readonly table: string
  readonly condition: string
  readonly params: readonly string[]
}

interface Found {
  readonly table: string
  readonly row: Row
}

/**
 * Writes what differs of a session that is there, which stays where it is unless it moves, reads it back and compares.
 * @throws OcvaultError `failed` when it does not read back as it was written
 */
export function changeSession<E extends Exported>(schema: SqliteSchema<E>, planned: PlannedRows, undo: UndoNotes): void {
  const { id, row, head, move, renumber, columns } = planned
  const { db, layout } = schema
  const { session, message, part } = layout
  if (part !== null) touchParts(schema, id)
  const owners = messagesWithPartsLeft(schema, id)
  const affected: Affected[] = [
    ...(head || move ? [{ table: session, condition: 'id = ?', params: [id] }] : []),
    { table: message, condition: renumber ? 'session_id = ?' : isTouchedMessage, params: [id] },
    ...(part === null ? [] : [{ table: part, condition: isTouchedPart, params: [] }]),
  ]
  for (const { table, row: before } of rowsOf(schema, affected)) undo.before(table, idIn(before), before)

  if (head) insertRow(db, session, row, locationColumns)
  if (move) moveSession(schema, planned, move, undo)
  if (renumber) {
    db.run(`UPDATE main.${message} SET seq = -seq - 1 WHERE session_id = ?`, id)
    db.run(
      `UPDATE main.${message} SET seq = (SELECT i.seq FROM temp.in_message i WHERE i.id = ${message}.id) WHERE session_id = ?`,
      id,
    )
  }
  const [messages, parts] = schema.transcript(columns)
  copyStaged(db, messages, isTouchedMessage, id)
  if (parts) {
    db.run(`DELETE FROM main.${parts.table} WHERE id IN (${removedParts})`)
    copyStaged(db, parts, isTouchedPart)
  } else countMessages(db, message, id)
  readBack(db, messages, id, `AND i.${isTouchedMessage}`, id)
  if (parts) readBack(db, parts, id, `AND i.${isTouchedPart}`)

  for (const { table, row: after } of rowsOf(schema, affected)) {
    const rowID = idIn(after)
    if (table === message && owners.has(rowID)) undo.adopted(table, 'id', rowID, rowDigest(after))
    else undo.after(table, rowID, rowDigest(after))
  }
  if (!parts) return
  for (const { id: removed } of db.all(removedParts)) undo.after(parts.table, String(removed), null)
  db.run(`DELETE FROM temp.touched WHERE tbl = 'part'`)
}

/** Puts a session elsewhere. Its project is made if it is not there. */
function moveSession<E extends Exported>(
  schema: SqliteSchema<E>,
  { id, project, projectRows, plan: { there } }: PlannedRows,
  { projectID, directory, path }: StoredLocation,
  undo: UndoNotes,
): void {
  const { db, layout } = schema
  if (project.id === projectID) makeProject(schema, project, projectRows, undo)
  const isElsewhere = projectID !== there?.projectID
  const place = { project_id: projectID, directory, path, ...(isElsewhere && { workspace_id: null }) }
  const columns = Object.entries(place).filter(([name]) => schema.names(layout.session).has(name))
  const set = columns.map(([name]) => `${name} = ?`).join(', ')
  db.run(`UPDATE main.${layout.session} SET ${set} WHERE id = ?`, ...columns.map(([, value]) => value), id)
  const now = schema.sessionRow(id)
  if (columns.every(([name, value]) => now?.[name] === value)) return
  throw new OcvaultError('failed', `${db.path} did not keep where session ${id} is; nothing is changed`)
}

function* rowsOf<E extends Exported>(schema: SqliteSchema<E>, affected: readonly Affected[]): Iterable<Found> {
  for (const { table, condition, params } of affected)
    for (const row of exactRows(schema.db, table, [...schema.names(table)], condition, ...params)) yield { table, row }
}

/** The parts of the messages that are touched: all of them are written, and those that are only here go. */
function touchParts<E extends Exported>({ db, layout: { part } }: SqliteSchema<E>, id: string): void {
  db.run(
    `INSERT INTO temp.touched (tbl, id, state) SELECT 'part', id, 'written' FROM temp.in_part WHERE message_id IN (${touchedMessages})`,
    id,
  )
  db.run(
    `INSERT INTO temp.touched (tbl, id, state) SELECT 'part', q.id, 'removed' FROM main.${part} q
      WHERE q.message_id IN (${touchedMessages}) AND NOT EXISTS (SELECT 1 FROM temp.in_part p WHERE p.id = q.id)`,
    id,
  )
}
