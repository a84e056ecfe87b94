import { OcvaultError } from '../../../base/errors.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { Exported, Project, UndoNotes } from '../writer.ts'
import type { PlannedRows } from './compare.ts'
import { locationColumns, type Values } from './layout.ts'
import { sessionDigest } from './row-digest.ts'
import { copyStaged, countMessages, insertIfAbsent, insertRow, readBack, type TableRow } from './rows.ts'
import type { SqliteSchema } from './schema.ts'

/**
 * Writes a session that is not there, with its project where that is new, reads it back and compares.
 * @param made the sessions of its tree that were written before it; it is added
 * @throws OcvaultError `failed` when it does not read back as it was written
 */
export function makeSession<E extends Exported>(
  schema: SqliteSchema<E>,
  { id, row, project, columns, others, projectRows }: PlannedRows,
  made: Set<SessionID>,
  undo: UndoNotes,
): void {
  const { db, layout } = schema
  const hasEvents = schema.names('event_sequence').size > 0
  if (hasEvents && db.get('SELECT 1 FROM main.event_sequence WHERE aggregate_id = ?', id)) undo.keepsEvents(id)
  makeSessionRow(schema, { row, project, projectRows }, made, undo)
  const tables = schema.transcript(columns)
  for (const table of tables) copyStaged(db, table, 'session_id = ?', id)
  if (layout.part === null) countMessages(db, layout.message, id)
  for (const other of others) insertIfAbsent(db, other)
  for (const staged of tables) {
    const { table } = staged
    const here = Number(db.get(`SELECT count(*) AS n FROM main.${table} WHERE session_id = ?`, id)?.n)
    const wanted = Number(db.get(`SELECT count(*) AS n FROM temp.${staged.staged} WHERE session_id = ?`, id)?.n)
    if (here !== wanted) {
      throw new OcvaultError('failed', `${db.path} has ${here} rows in ${table} for session ${id} instead of ${wanted}`)
    }
    readBack(db, staged, id)
  }
  undo.made(id, sessionDigest(db, schema.digestTables, id))
}

/** The session's own row, with its project where that is new. @param made it is added */
export function makeSessionRow<E extends Exported>(
  schema: SqliteSchema<E>,
  { row, project, projectRows }: Pick<PlannedRows, 'row' | 'project' | 'projectRows'>,
  made: Set<SessionID>,
  undo: UndoNotes,
): void {
  const location = locationOfParent(schema, row, made)
  if (!location) makeProject(schema, project, projectRows, undo)
  insertRow(schema.db, schema.layout.session, { ...row, ...location })
  made.add(String(row.id))
}

/** A subagent goes where the session is that started it, if that was here before. */
function locationOfParent<E extends Exported>(
  schema: SqliteSchema<E>,
  { parent_id, project_id }: Values,
  made: ReadonlySet<SessionID>,
): Values | undefined {
  if (typeof parent_id !== 'string' || made.has(parent_id)) return undefined
  const parent = schema.sessionRow(parent_id)
  if (!parent || parent.project_id === project_id) return undefined
  return Object.fromEntries(
    locationColumns.filter((name) => name in parent).map((name) => [name, parent[name] ?? null]),
  ) as Values
}

/** Makes a project that is not there. @param rows those that it had where the session is from */
export function makeProject<E extends Exported>(
  schema: SqliteSchema<E>,
  { id, worktree, vcs }: Project,
  rows: readonly TableRow[],
  undo: UndoNotes,
): void {
  const { db } = schema
  if (db.get('SELECT 1 FROM main.project WHERE id = ?', id)) return
  const stored = rows.find(({ table, values }) => table === 'project' && values.id === id)
  if (stored) {
    insertRow(db, 'project', { sandboxes: '[]', ...stored.values })
    for (const other of rows) if (other !== stored) insertIfAbsent(db, other)
    undo.madeProject(id, Number(stored.values.time_updated))
    return
  }
  const time = Date.now()
  const known = schema.names('project')
  const row = { id, worktree, vcs, sandboxes: '[]', time_created: time, time_updated: time }
  insertRow(db, 'project', Object.fromEntries(Object.entries(row).filter(([name]) => known.has(name))))
  undo.madeProject(id, time)
  for (const table of ['project_directory', 'worktree']) {
    if (id === 'global' || schema.names(table).size === 0) continue
    insertIfAbsent(db, { table, values: { project_id: id, directory: worktree, time_created: time } })
  }
}
