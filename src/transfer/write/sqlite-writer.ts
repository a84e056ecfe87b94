import type { SQLInputValue } from 'node:sqlite'
import { OcvaultError } from '../../base/errors.ts'
import { textOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/database.ts'
import { quoted, quotedList, type WritableDatabase } from '../../sqlite/writable.ts'
import { textBytes } from '../undo/notes.ts'
import type { Layout, Values } from './layout.ts'
import { markOf } from './raw-rows.ts'
import { type DigestTable, exactRows, rowDigest, sessionDigest } from './row-digest.ts'
import { SqliteSchema } from './sqlite-schema.ts'
import { type Planned, placeColumns, Staging, type TableRow } from './staging.ts'
import type { Exported, Outgoing, Project, SessionPlan, StoreWriter, UndoNotes, WriteOptions, WriteResult } from './writer.ts'

/**
 * Writes sessions into a database of OpenCode. A tree of sessions is first put into temporary tables, where nobody waits for it; the
 * transaction itself only compares and copies, so that a running OpenCode is held up as little as can be.
 */
export class SqliteWriter<E extends Exported> implements StoreWriter<E> {
  readonly generation
  readonly path: string
  readonly #db: WritableDatabase
  readonly #layout: Layout<E>
  readonly #schema: SqliteSchema<E>
  readonly #staging: Staging<E>

  /**
   * @param db is closed with the writer
   * @throws OcvaultError `refused` when the schema is none that can be written
   */
  constructor(db: WritableDatabase, layout: Layout<E>) {
    this.#db = db
    this.#layout = layout
    this.generation = layout.generation
    this.path = db.path
    this.#schema = new SqliteSchema(db, layout)
    this.#staging = new Staging(db, layout, this.#schema)
  }

  /** Whether the releases that use this schema tell projects by their remote: 1.15 (which also brought `metadata`) and later. */
  get asksRemote(): boolean {
    return this.#schema.names(this.#layout.session).has('metadata')
  }

  get notes(): readonly string[] {
    if (this.#staging.dropped.size === 0) return []
    return [`the release that made ${this.path} has no place for: ${[...this.#staging.dropped].sort().join(', ')}`]
  }

  has(id: SessionID): boolean {
    return this.#db.get(`SELECT 1 FROM main.${this.#layout.session} WHERE id = ?`, id) !== undefined
  }

  plan(tree: readonly Outgoing<E>[]): SessionPlan[] {
    return this.#staging.with(tree, (staged) => {
      this.#db.exec('BEGIN')
      try {
        return staged.map((session) => this.#staging.planOf(session).plan)
      } finally {
        this.#db.exec('COMMIT')
      }
    })
  }

  write(tree: readonly Outgoing<E>[], { update, undo }: WriteOptions): WriteResult {
    return this.#staging.with(tree, (staged) => {
      let noted = false
      try {
        return this.#db.transaction(() => {
          const planned = staged.map((session) => this.#staging.planOf(session))
          const plans = planned.map(({ plan }) => plan)
          const refused = plans.some(({ kind }) => kind === 'diverged' || (kind === 'replaces' && !update))
          if (refused) return { written: false, plans }
          const changing = planned.filter(({ plan }) => ['new', 'adds', 'replaces'].includes(plan.kind))
          noted = changing.length > 0
          if (noted) this.#apply(changing, undo)
          return { written: noted, plans }
        })
      } catch (error) {
        if (noted) undo.discard()
        throw error
      }
    })
  }

  #apply(sessions: readonly Planned[], undo: UndoNotes): void {
    undo.begin(this.#digestTables)
    const made = new Set<SessionID>()
    for (const session of sessions) {
      undo.session(session.id, textOf(session.row.title) ?? '')
      if (session.plan.kind === 'new') this.#make(session, made, undo)
      else this.#change(session, undo)
    }
    undo.commit()
  }

  #make(planned: Planned, made: Set<SessionID>, undo: UndoNotes): void {
    const { id, row, project, columns, others, projectRows } = planned
    const { session, message, part } = this.#layout
    const place = this.#placeOfParent(row, made)
    if (!place) this.#makeProject(project, projectRows, undo)
    this.#insert(session, { ...row, ...place })
    made.add(id)
    this.#copy('temp.in_message', message, columns.message, 'session_id = ?', id)
    if (part !== null) this.#copy('temp.in_part', part, columns.part, 'session_id = ?', id)
    else this.#countMessages(id)
    for (const other of others) this.#insertOther(other)
    for (const [staged, table, names] of this.#transcript(columns)) {
      const here = Number(this.#db.get(`SELECT count(*) AS n FROM main.${table} WHERE session_id = ?`, id)?.n)
      const wanted = Number(this.#db.get(`SELECT count(*) AS n FROM temp.${staged} WHERE session_id = ?`, id)?.n)
      if (here !== wanted)
        throw new OcvaultError('failed', `${this.path} has ${here} rows in ${table} for session ${id} instead of ${wanted}`)
      this.#readBack(id, staged, table, names, '')
    }
    undo.made(id, sessionDigest(this.#db, this.#digestTables, id))
  }

  /** A subagent goes where the session is that started it, if that was here before. */
  #placeOfParent({ parent_id, project_id }: Values, made: ReadonlySet<SessionID>): Values | undefined {
    if (typeof parent_id !== 'string' || made.has(parent_id)) return undefined
    const parent = this.#staging.sessionRow(parent_id)
    if (!parent || parent.project_id === project_id) return undefined
    return Object.fromEntries(placeColumns.filter((name) => name in parent).map((name) => [name, parent[name] ?? null])) as Values
  }

  #change({ id, row, head, renumber, columns }: Planned, undo: UndoNotes): void {
    const { session, message, part } = this.#layout
    if (part !== null) this.#touchParts(id)
    const mine = `id IN (SELECT t.id FROM temp.touched t JOIN temp.in_message i ON i.id = t.id WHERE t.tbl = 'message' AND i.session_id = ?)`
    const minePart = `id IN (SELECT t.id FROM temp.touched t WHERE t.tbl = 'part')`
    const all = (table: string) => [...this.#schema.names(table)]
    if (head) for (const before of exactRows(this.#db, session, all(session), 'id = ?', id)) undo.before(session, id, before)
    for (const before of exactRows(this.#db, message, all(message), renumber ? 'session_id = ?' : mine, id))
      undo.before(message, idIn(before), before)
    if (part !== null)
      for (const before of exactRows(this.#db, part, all(part), minePart)) undo.before(part, idIn(before), before)

    if (head) this.#insert(session, row, placeColumns)
    if (renumber) {
      this.#db.run(`UPDATE main.${message} SET seq = -seq - 1 WHERE session_id = ?`, id)
      this.#db.run(
        `UPDATE main.${message} SET seq = (SELECT i.seq FROM temp.in_message i WHERE i.id = ${message}.id) WHERE session_id = ?`,
        id,
      )
    }
    this.#copy('temp.in_message', message, columns.message, mine, id)
    if (part === null) this.#countMessages(id)
    else {
      this.#db.run(`DELETE FROM main.${part} WHERE id IN (SELECT id FROM temp.touched WHERE tbl = 'part' AND state = 'removed')`)
      this.#copy('temp.in_part', part, columns.part, minePart)
    }
    this.#readBack(id, 'in_message', message, columns.message, `AND i.${mine}`, id)
    if (part !== null) this.#readBack(id, 'in_part', part, columns.part, `AND i.${minePart}`)

    if (head)
      for (const after of exactRows(this.#db, session, all(session), 'id = ?', id)) undo.after(session, id, rowDigest(after))
    for (const after of exactRows(this.#db, message, all(message), renumber ? 'session_id = ?' : mine, id))
      undo.after(message, idIn(after), rowDigest(after))
    if (part === null) return
    for (const after of exactRows(this.#db, part, all(part), minePart)) undo.after(part, idIn(after), rowDigest(after))
    for (const { id: removed } of this.#db.all(`SELECT id FROM temp.touched WHERE tbl = 'part' AND state = 'removed'`))
      undo.after(part, String(removed), null)
    this.#db.run(`DELETE FROM temp.touched WHERE tbl = 'part'`)
  }

  /** The parts of the messages that are touched: all of them are written, and those that are only here go. */
  #touchParts(id: SessionID): void {
    const { part } = this.#layout
    const messages = `SELECT t.id FROM temp.touched t JOIN temp.in_message i ON i.id = t.id WHERE t.tbl = 'message' AND i.session_id = ?`
    this.#db.run(
      `INSERT INTO temp.touched (tbl, id, state) SELECT 'part', id, 'written' FROM temp.in_part WHERE message_id IN (${messages})`,
      id,
    )
    this.#db.run(
      `INSERT INTO temp.touched (tbl, id, state) SELECT 'part', q.id, 'removed' FROM main.${part} q
        WHERE q.message_id IN (${messages}) AND NOT EXISTS (SELECT 1 FROM temp.in_part p WHERE p.id = q.id)`,
      id,
    )
  }

  /** Where the next event of a 2.x session is counted from. */
  #countMessages(id: SessionID): void {
    this.#db.run(
      `INSERT INTO main.event_sequence (aggregate_id, seq)
        SELECT ?, coalesce(max(seq), 0) FROM main.${this.#layout.message} WHERE session_id = ?
        ON CONFLICT (aggregate_id) DO UPDATE SET seq = max(seq, excluded.seq)`,
      id,
      id,
    )
  }

  #transcript(columns: Planned['columns']): (readonly [staged: string, table: string, columns: readonly string[]])[] {
    const { message, part } = this.#layout
    return [['in_message', message, columns.message], ...(part === null ? [] : [['in_part', part, columns.part] as const])]
  }

  get #digestTables(): DigestTable[] {
    const { session, message, part } = this.#layout
    const all = (table: string) => [...this.#schema.names(table)]
    return [
      { table: session, key: 'id', columns: all(session) },
      { table: message, key: 'session_id', columns: all(message) },
      ...(part === null ? [] : [{ table: part, key: 'session_id', columns: all(part) }]),
    ]
  }

  /** Compares what is in the database with what was to be written. @param which a condition on `i`, the wanted row */
  #readBack(id: SessionID, staged: string, table: string, columns: readonly string[], which: string, ...params: string[]): void {
    const differs = columns.map((name) => `m.${quoted(name)} IS NOT i.${quoted(name)}`).join(' OR ')
    const bad = this.#db.get(
      `SELECT i.id FROM temp.${staged} i LEFT JOIN main.${table} m ON m.id = i.id
        WHERE i.session_id = ? ${which} AND (m.id IS NULL OR ${differs}) LIMIT 1`,
      id,
      ...params,
    )
    if (bad)
      throw new OcvaultError(
        'failed',
        `${this.path} did not keep row ${bad.id} of ${table} as it was written; nothing is changed`,
      )
  }

  #copy(from: string, to: string, columns: readonly string[], condition: string, ...params: string[]): void {
    const set = columns.filter((name) => name !== 'id').map((name) => `${quoted(name)} = excluded.${quoted(name)}`)
    this.#db.run(
      `INSERT INTO main.${to} (${quotedList(columns)}) SELECT ${quotedList(columns)} FROM ${from} WHERE ${condition} ON CONFLICT (id) DO UPDATE SET ${set.join(', ')}`,
      ...params,
    )
  }

  /** @param keep columns that a row which is there keeps */
  #insert(table: string, row: Values, keep: readonly string[] = []): void {
    const columns = Object.keys(row)
    const set = columns
      .filter((name) => name !== 'id' && !keep.includes(name))
      .map((name) => `${quoted(name)} = excluded.${quoted(name)}`)
    const values = columns.map((name): SQLInputValue => row[name] ?? null)
    const sql = `INSERT INTO main.${table} (${quotedList(columns)}) VALUES (${values.map(markOf).join(', ')}) ON CONFLICT (id) DO UPDATE SET ${set.join(', ')}`
    this.#db.run(sql, ...values.map(textBytes))
  }

  /** A row of a table that has other keys; one that is there stays. */
  #insertOther({ table, values }: TableRow): void {
    const columns = Object.keys(values)
    const given = columns.map((name): SQLInputValue => values[name] ?? null)
    const sql = `INSERT INTO main.${quoted(table)} (${quotedList(columns)}) VALUES (${given.map(markOf).join(', ')}) ON CONFLICT DO NOTHING`
    this.#db.run(sql, ...given.map(textBytes))
  }

  /** @param rows those that the project had where the session is from */
  #makeProject({ id, worktree, vcs }: Project, rows: readonly TableRow[], undo: UndoNotes): void {
    if (this.#db.get('SELECT 1 FROM main.project WHERE id = ?', id)) return
    const stored = rows.find(({ table, values }) => table === 'project' && values.id === id)
    if (stored) {
      this.#insert('project', { sandboxes: '[]', ...stored.values })
      for (const other of rows) if (other !== stored) this.#insertOther(other)
      undo.madeProject(id, Number(stored.values.time_updated))
      return
    }
    const time = Date.now()
    const known = this.#schema.names('project')
    const row = { id, worktree, vcs, sandboxes: '[]', time_created: time, time_updated: time }
    this.#insert('project', Object.fromEntries(Object.entries(row).filter(([name]) => known.has(name))))
    undo.madeProject(id, time)
    for (const table of ['project_directory', 'worktree']) {
      if (id === 'global' || this.#schema.names(table).size === 0) continue
      this.#db.run(
        `INSERT INTO main.${table} (project_id, directory, time_created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
        id,
        worktree,
        time,
      )
    }
  }

  close(): void {
    this.#db.close()
  }
}

const idIn = ({ id }: Row): string => (id instanceof Uint8Array ? Buffer.from(id).toString() : String(id))
