import type { SQLInputValue } from 'node:sqlite'
import { isPathSafe, type SessionID } from '../opencode/ids.ts'
import { textOf } from '../opencode/json.ts'
import type { Row } from '../stores/database.ts'
import { OcvaultError } from '../stores/errors.ts'
import { type Column, quoted, type WritableDatabase } from '../stores/writable-database.ts'
import type { Layout, Values } from './layout.ts'
import { type DigestTable, exactRows, rowDigest, sessionDigest } from './row-digest.ts'
import { sameJSON } from './same-json.ts'
import type { Exported, Outgoing, Project, SessionPlan, StoreWriter, UndoNotes, WriteOptions, WriteResult } from './writer.ts'

/** What says where a session is; one that is there stays where it is. */
const placeColumns = ['project_id', 'workspace_id', 'directory', 'path']
/** Columns of a session that need not be equal for two to be the same. */
const incomparable = new Set(['id', 'time_updated', ...placeColumns])
const projectColumns = ['id', 'worktree', 'vcs', 'sandboxes', 'time_created', 'time_updated']
/** How many differences a plan names. */
const named = 5

/** A session whose messages wait in the temporary tables. */
interface Staged {
  readonly id: SessionID
  readonly row: Values
  readonly project: Project
  readonly total: number
}

interface Planned extends Staged {
  readonly plan: SessionPlan
  /** Whether the session's own row is written. */
  readonly head: boolean
  /** 2.x: whether all messages get new places. */
  readonly renumber: boolean
}

const list = (columns: readonly string[], prefix = '') => columns.map((name) => prefix + quoted(name)).join(', ')

/**
 * Writes sessions into a database of OpenCode. A tree of sessions is first put into temporary tables, where nobody waits for it; the
 * transaction itself only compares and copies, so that a running OpenCode is held up as little as can be.
 */
export class SqliteWriter<E extends Exported> implements StoreWriter<E> {
  readonly generation
  readonly path: string
  readonly #db: WritableDatabase
  readonly #layout: Layout<E>
  readonly #columns: ReadonlyMap<string, readonly Column[]>
  readonly #messageColumns: readonly string[]
  readonly #partColumns: readonly string[]
  readonly #dropped = new Set<string>()

  /**
   * @param db is closed with the writer
   * @throws OcvaultError `refused` when the schema is none that can be written
   */
  constructor(db: WritableDatabase, layout: Layout<E>) {
    this.#db = db
    this.#layout = layout
    this.generation = layout.generation
    this.path = db.path
    const { session, message, part } = layout
    const tables = [
      ...Object.keys(layout.needs),
      'project_directory',
      'worktree',
      'event_sequence',
      'session_message',
      'session_v2',
    ]
    this.#columns = new Map(tables.map((table) => [table, db.columns(table)]))
    this.#messageColumns = layout.needs[message] ?? []
    this.#partColumns = part === null ? [] : (layout.needs[part] ?? [])
    const given = { [session]: Object.keys(layout.sessionRow({}, new Set())), project: projectColumns }
    this.#checkSchema({ ...layout.needs, ...given })
    db.define('same_json', (a, b) => (sameJSON(String(a), String(b)) ? 1 : 0))
    this.#stageTable('in_message', message, this.#messageColumns)
    if (part !== null) {
      this.#stageTable('in_part', part, this.#partColumns)
      db.exec('CREATE INDEX temp.in_part_message_idx ON in_part (message_id)')
    }
    db.exec('CREATE TEMP TABLE touched (tbl TEXT, id TEXT, state TEXT, PRIMARY KEY (tbl, id)) WITHOUT ROWID')
  }

  /** Whether the releases that use this schema tell projects by their remote: 1.15 (which also brought `metadata`) and later. */
  get asksRemote(): boolean {
    return this.#names(this.#layout.session).has('metadata')
  }

  get notes(): readonly string[] {
    if (this.#dropped.size === 0) return []
    return [`the release that made ${this.path} has no place for: ${[...this.#dropped].sort().join(', ')}`]
  }

  #names(table: string): Set<string> {
    return new Set(this.#columns.get(table)?.map(({ name }) => name))
  }

  /** @param given the columns of each table that get a value */
  #checkSchema(given: Readonly<Record<string, readonly string[]>>): void {
    const refuse = (what: string): never => {
      throw new OcvaultError(
        'refused',
        `${this.path} is of a release that this ocvault cannot write: ${what}; ocvault export and opencode import still work`,
      )
    }
    for (const [table, columns] of Object.entries(this.#layout.needs)) {
      const there = this.#names(table)
      if (there.size === 0) refuse(`there is no table ${table}`)
      const missing = columns.find((name) => !there.has(name))
      if (missing !== undefined) refuse(`table ${table} has no column ${missing}`)
      const unknown = this.#columns.get(table)?.find(({ name, required }) => required && !given[table]?.includes(name))
      if (unknown) refuse(`table ${table} asks for a column ${unknown.name} that it does not know`)
    }
  }

  /** A temporary table with the same types, so that SQLite makes the same of each value. */
  #stageTable(name: string, like: string, columns: readonly string[]): void {
    const types = new Map(this.#columns.get(like)?.map((column) => [column.name, column.type]))
    const declared = columns.map((column) => `${quoted(column)} ${types.get(column)}${column === 'id' ? ' PRIMARY KEY' : ''}`)
    this.#db.exec(`CREATE TEMP TABLE ${name} (${declared.join(', ')})`)
    this.#db.exec(`CREATE INDEX temp.${name}_session_idx ON ${name} (session_id)`)
  }

  has(id: SessionID): boolean {
    return this.#db.get(`SELECT 1 FROM main.${this.#layout.session} WHERE id = ?`, id) !== undefined
  }

  plan(tree: readonly Outgoing<E>[]): SessionPlan[] {
    return this.#staging(tree, (staged) => {
      this.#db.exec('BEGIN')
      try {
        return staged.map((session) => this.#planOne(session).plan)
      } finally {
        this.#db.exec('COMMIT')
      }
    })
  }

  write(tree: readonly Outgoing<E>[], { update, undo }: WriteOptions): WriteResult {
    return this.#staging(tree, (staged) => {
      let noted = false
      try {
        return this.#db.transaction(() => {
          const planned = staged.map((session) => this.#planOne(session))
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

  /** Runs with the messages of a tree in the temporary tables, which are empty again afterwards. */
  #staging<T>(tree: readonly Outgoing<E>[], run: (staged: readonly Staged[]) => T): T {
    const time = Date.now()
    this.#db.exec('BEGIN')
    try {
      const staged = tree.map((outgoing) => this.#stage(outgoing, time))
      this.#db.exec('COMMIT')
      return run(staged)
    } catch (error) {
      this.#db.rollback()
      throw error
    } finally {
      for (const table of ['in_message', ...(this.#layout.part === null ? [] : ['in_part']), 'touched']) {
        this.#db.exec(`DELETE FROM temp.${table}`)
      }
    }
  }

  #stage({ exported, project }: Outgoing<E>, time: number): Staged {
    const { layout, session } = { layout: this.#layout, session: this.#layout.session }
    const there = this.#names(session)
    const values = Object.entries(layout.sessionRow(exported.info, there))
    for (const [name, value] of values) if (!there.has(name) && value !== null && value !== 0) this.#dropped.add(name)
    const row = Object.fromEntries(values.filter(([name]) => there.has(name)))
    const id = textOf(row.id)
    if (id === null || !isPathSafe(id)) throw new OcvaultError('failed', `${JSON.stringify(id)} is no id of a session`)
    let total = 0
    const insertMessage = this.#insertInto('temp.in_message', this.#messageColumns)
    const insertPart = this.#insertInto('temp.in_part', this.#partColumns)
    for (const { message, parts } of layout.messages(exported, time)) {
      total++
      this.#stageRow(insertMessage, this.#messageColumns, message, 'message', id)
      for (const part of parts) this.#stageRow(insertPart, this.#partColumns, part, 'part', id)
    }
    return { id, row, project, total }
  }

  #insertInto(table: string, columns: readonly string[]): string {
    return `INSERT INTO ${table} (${list(columns)}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`
  }

  /** A row that is there twice is fine, as long as it says the same twice. */
  #stageRow(sql: string, columns: readonly string[], values: Values, what: string, session: SessionID): void {
    if (typeof values.id !== 'string' || !isPathSafe(values.id)) {
      throw new OcvaultError('failed', `session ${session}: ${JSON.stringify(values.id)} is no id of a ${what}`)
    }
    const given = columns.map((name) => values[name] ?? null)
    if (this.#db.run(sql, ...given) > 0) return
    const table = what === 'part' ? 'temp.in_part' : 'temp.in_message'
    const other = this.#db.get(`SELECT session_id, data FROM ${table} WHERE id = ?`, values.id)
    if (other?.session_id === values.session_id && sameJSON(String(other?.data), String(values.data))) return
    throw new OcvaultError('failed', `${what} ${values.id} of session ${session} is there twice, with different content`)
  }

  #planOne(session: Staged): Planned {
    const { id } = session
    const existing = this.#sessionRow(id)
    const renumber = existing !== undefined && this.#layout.part === null && this.#placeInOrder(id)
    const { added, changed, foreign } = this.#compareMessages(id, existing !== undefined)
    const missing = existing ? this.#missing(id) : 0
    const messages = { total: session.total, added, changed, missing }
    const rowDiffers = existing ? this.#rowDifferences(session.row, existing) : []
    const newer = Number(session.row.time_updated) - Number(existing?.time_updated ?? 0)
    const plan = (kind: SessionPlan['kind'], head: boolean): Planned => ({
      ...session,
      ...{ plan: { id, kind, messages, differences: this.#differences(session, rowDiffers, newer) }, head, renumber },
    })
    if (foreign > 0 || (existing && this.#isPreview(id))) return plan('diverged', false)
    if (!existing) return plan('new', true)
    if (missing > 0 && added + changed > 0) return plan('diverged', false)
    if (missing > 0) return plan('behind', false)
    if (changed > 0) return plan('replaces', newer >= 0)
    if (added > 0) return plan('adds', newer >= 0)
    if (rowDiffers.length === 0) return plan('identical', false)
    return newer < 0 ? plan('behind', false) : plan('replaces', true)
  }

  /** Whether a session of 1.x has its messages where the 2.0 preview and the v2 API of 1.17 to 1.19 put them, in `session_message`. */
  #isPreview(id: SessionID): boolean {
    if (this.generation === 'v2' || this.#names('session_v2').size > 0 || this.#names('session_message').size === 0) return false
    const turns = "SELECT 1 FROM main.session_message WHERE session_id = ? AND type NOT LIKE '%-switched' LIMIT 1"
    return this.#db.get(turns, id) !== undefined
  }

  #sessionRow(id: SessionID): Row | undefined {
    const { session } = this.#layout
    const columns = [...this.#names(session)]
    for (const row of this.#db.exactRows(`SELECT ${list(columns)} FROM main.${session} WHERE id = ?`, id)) return row
    return undefined
  }

  /** Fills `touched` with the messages of a session that would be added or changed, and their parts. */
  #compareMessages(id: SessionID, exists: boolean): { added: number; changed: number; foreign: number } {
    const { message, part } = this.#layout
    const taken = `SELECT count(*) AS n FROM temp.in_message i JOIN main.${message} m ON m.id = i.id WHERE i.session_id = ? AND m.session_id IS NOT i.session_id`
    const takenPart = `SELECT count(*) AS n FROM temp.in_part i JOIN main.${part} p ON p.id = i.id
      WHERE i.session_id = ? AND (p.session_id IS NOT i.session_id OR p.message_id IS NOT i.message_id)`
    const foreign = Number(this.#db.get(taken, id)?.n) + (part === null ? 0 : Number(this.#db.get(takenPart, id)?.n))
    if (foreign > 0) return { added: 0, changed: 0, foreign }
    if (!exists)
      return {
        added: Number(this.#db.get('SELECT count(*) AS n FROM temp.in_message WHERE session_id = ?', id)?.n),
        changed: 0,
        foreign,
      }
    const touch = (state: string, condition: string) =>
      this.#db.run(
        `INSERT OR IGNORE INTO temp.touched (tbl, id, state) SELECT 'message', i.id, '${state}' FROM temp.in_message i
          LEFT JOIN main.${message} m ON m.id = i.id WHERE i.session_id = ? AND ${condition}`,
        id,
      )
    const added = touch('added', 'm.id IS NULL')
    const same = part === null ? 'm.type IS i.type AND m.seq IS i.seq AND ' : ''
    let changed = touch('changed', `NOT (${same}(m.data IS i.data OR same_json(m.data, i.data)))`)
    if (part === null) return { added, changed, foreign }
    const parts = `SELECT 1 FROM temp.in_part p LEFT JOIN main.${part} q ON q.id = p.id
        WHERE p.message_id = i.id AND (q.id IS NULL OR NOT (q.data IS p.data OR same_json(q.data, p.data)))`
    const gone = `SELECT 1 FROM main.${part} q WHERE q.message_id = i.id AND NOT EXISTS (SELECT 1 FROM temp.in_part p WHERE p.id = q.id)`
    changed += touch('changed', `(EXISTS (${parts}) OR EXISTS (${gone}))`)
    return { added, changed, foreign }
  }

  #missing(id: SessionID): number {
    const sql = `SELECT count(*) AS n FROM main.${this.#layout.message} m WHERE m.session_id = ?
      AND NOT EXISTS (SELECT 1 FROM temp.in_message i WHERE i.id = m.id)`
    return Number(this.#db.get(sql, id)?.n)
  }

  /**
   * 2.x orders messages by `seq`, and keeps gaps: those that are there keep theirs, new ones come behind.
   * @returns whether new ones stand between old ones, or the order is another, so that all are numbered anew
   */
  #placeInOrder(id: SessionID): boolean {
    const { message } = this.#layout
    const rows = this.#db.all(
      `SELECT i.id, m.seq FROM temp.in_message i LEFT JOIN main.${message} m ON m.id = i.id AND m.session_id = i.session_id
        WHERE i.session_id = ? ORDER BY i.seq`,
      id,
    )
    const places = rows.map(({ seq }) => (seq === null ? Number.POSITIVE_INFINITY : Number(seq)))
    if (places.some((place, index) => index > 0 && place < places[index - 1]!)) return true
    const top = Math.max(
      Number(this.#db.get(`SELECT max(seq) AS n FROM main.${message} WHERE session_id = ?`, id)?.n ?? 0),
      Number(this.#db.get('SELECT seq AS n FROM main.event_sequence WHERE aggregate_id = ?', id)?.n ?? 0),
    )
    let next = top
    for (const { id: messageID, seq } of rows) {
      this.#db.run('UPDATE temp.in_message SET seq = ? WHERE id = ?', seq === null ? ++next : seq!, messageID!)
    }
    return false
  }

  #rowDifferences(row: Values, existing: Row): string[] {
    return Object.keys(row).filter((name) => {
      if (incomparable.has(name)) return false
      const [have, want] = [existing[name] ?? null, row[name] ?? null]
      if (typeof have === 'string' && typeof want === 'string')
        return !(/^[[{]/.test(want) ? sameJSON(have, want) : have === want)
      return have !== want && Number(have) !== Number(want)
    })
  }

  #differences({ id, row }: Staged, columns: readonly string[], newer: number): string[] {
    const words = columns.map((name) =>
      name === 'title'
        ? `its title, here ${JSON.stringify(textOf(this.#sessionRow(id)?.title) ?? '')} and there ${JSON.stringify(row.title)}`
        : `its ${name}`,
    )
    const messages = this.#db
      .all(
        `SELECT t.id FROM temp.touched t JOIN temp.in_message i ON i.id = t.id WHERE t.tbl = 'message' AND t.state = 'changed' AND i.session_id = ? LIMIT ?`,
        id,
        named + 1,
      )
      .map((found) => `message ${found.id}`)
    const tables = [
      ['message', 'in_message', this.#layout.message],
      ...(this.#layout.part === null ? [] : [['part', 'in_part', this.#layout.part]]),
    ]
    const foreign = tables.flatMap(([what, staged, table]) =>
      this.#db
        .all(
          `SELECT m.id, m.session_id FROM temp.${staged} i JOIN main.${table} m ON m.id = i.id
            WHERE i.session_id = ? AND m.session_id IS NOT i.session_id LIMIT 1`,
          id,
        )
        .map((found) => `${what} ${found.id} belongs to session ${found.session_id} here`),
    )
    const age = newer < 0 && messages.length > 0 ? ['what is here is newer'] : []
    const preview = this.#isPreview(id) ? ['its messages here are those of the 2.0 preview'] : []
    const all = [...foreign, ...preview, ...words, ...messages]
    return [...age, ...(all.length > named ? [...all.slice(0, named), 'and more'] : all)]
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

  #make({ id, row, project }: Planned, made: Set<SessionID>, undo: UndoNotes): void {
    const { session, message, part } = this.#layout
    const place = this.#placeOfParent(row, made)
    if (!place) this.#makeProject(project, undo)
    this.#insert(session, { ...row, ...place })
    made.add(id)
    this.#copy('temp.in_message', message, this.#messageColumns, 'session_id = ?', id)
    if (part !== null) this.#copy('temp.in_part', part, this.#partColumns, 'session_id = ?', id)
    else this.#countMessages(id)
    for (const [staged, table, columns] of this.#transcript) {
      const here = Number(this.#db.get(`SELECT count(*) AS n FROM main.${table} WHERE session_id = ?`, id)?.n)
      const wanted = Number(this.#db.get(`SELECT count(*) AS n FROM temp.${staged} WHERE session_id = ?`, id)?.n)
      if (here !== wanted)
        throw new OcvaultError('failed', `${this.path} has ${here} rows in ${table} for session ${id} instead of ${wanted}`)
      this.#readBack(id, staged, table, columns, '')
    }
    undo.made(id, sessionDigest(this.#db, this.#digestTables, id))
  }

  /** A subagent goes where the session is that started it, if that was here before. */
  #placeOfParent({ parent_id, project_id }: Values, made: ReadonlySet<SessionID>): Values | undefined {
    if (typeof parent_id !== 'string' || made.has(parent_id)) return undefined
    const parent = this.#sessionRow(parent_id)
    if (!parent || parent.project_id === project_id) return undefined
    return Object.fromEntries(placeColumns.filter((name) => name in parent).map((name) => [name, parent[name] ?? null])) as Values
  }

  #change({ id, row, head, renumber }: Planned, undo: UndoNotes): void {
    const { session, message, part } = this.#layout
    if (part !== null) this.#touchParts(id)
    const mine = `id IN (SELECT t.id FROM temp.touched t JOIN temp.in_message i ON i.id = t.id WHERE t.tbl = 'message' AND i.session_id = ?)`
    const minePart = `id IN (SELECT t.id FROM temp.touched t WHERE t.tbl = 'part')`
    const all = (table: string) => [...this.#names(table)]
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
    this.#copy('temp.in_message', message, this.#messageColumns, mine, id)
    if (part === null) this.#countMessages(id)
    else {
      this.#db.run(`DELETE FROM main.${part} WHERE id IN (SELECT id FROM temp.touched WHERE tbl = 'part' AND state = 'removed')`)
      this.#copy('temp.in_part', part, this.#partColumns, minePart)
    }
    this.#readBack(id, 'in_message', message, this.#messageColumns, `AND i.${mine}`, id)
    if (part !== null) this.#readBack(id, 'in_part', part, this.#partColumns, `AND i.${minePart}`)

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

  get #transcript(): (readonly [staged: string, table: string, columns: readonly string[]])[] {
    const { message, part } = this.#layout
    return [
      ['in_message', message, this.#messageColumns],
      ...(part === null ? [] : [['in_part', part, this.#partColumns] as const]),
    ]
  }

  get #digestTables(): DigestTable[] {
    const { session, message, part } = this.#layout
    const all = (table: string) => [...this.#names(table)]
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
      `INSERT INTO main.${to} (${list(columns)}) SELECT ${list(columns)} FROM ${from} WHERE ${condition} ON CONFLICT (id) DO UPDATE SET ${set.join(', ')}`,
      ...params,
    )
  }

  /** @param keep columns that a row which is there keeps */
  #insert(table: string, row: Values, keep: readonly string[] = []): void {
    const columns = Object.keys(row)
    const set = columns
      .filter((name) => name !== 'id' && !keep.includes(name))
      .map((name) => `${quoted(name)} = excluded.${quoted(name)}`)
    const marks = columns.map(() => '?').join(', ')
    const sql = `INSERT INTO main.${table} (${list(columns)}) VALUES (${marks}) ON CONFLICT (id) DO UPDATE SET ${set.join(', ')}`
    this.#db.run(sql, ...columns.map((name): SQLInputValue => row[name] ?? null))
  }

  #makeProject({ id, worktree, vcs }: Project, undo: UndoNotes): void {
    if (this.#db.get('SELECT 1 FROM main.project WHERE id = ?', id)) return
    const time = Date.now()
    const known = this.#names('project')
    const row = { id, worktree, vcs, sandboxes: '[]', time_created: time, time_updated: time }
    this.#insert('project', Object.fromEntries(Object.entries(row).filter(([name]) => known.has(name))))
    undo.madeProject(id, time)
    for (const table of ['project_directory', 'worktree']) {
      if (id === 'global' || this.#names(table).size === 0) continue
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
