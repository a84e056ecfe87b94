import { sameJSON } from '../../base/canonical-json.ts'
import { OcvaultError } from '../../base/errors.ts'
import { textOf } from '../../base/json.ts'
import { isPathSafe, type SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/database.ts'
import { quoted, quotedList, type WritableDatabase } from '../../sqlite/writable.ts'
import { usageOfAnswers } from '../../stores/sqlite/usage.ts'
import { textBytes } from '../undo/notes.ts'
import type { Layout, Values } from './layout.ts'
import { isRow, markOf, type RawValue, readable, valuesOf } from './raw-rows.ts'
import type { SqliteSchema } from './sqlite-schema.ts'
import type { Exported, Outgoing, Project, Raw, SessionPlan, Todo } from './writer.ts'

/** What says where a session is; one that is there stays where it is. */
export const placeColumns = ['project_id', 'workspace_id', 'directory', 'path']
/** Columns of a session that need not be equal for two to be the same. */
const incomparable = new Set(['id', 'time_updated', ...placeColumns])
/** How many differences a plan names. */
const named = 5

/** A session whose messages wait in the temporary tables. */
interface Staged {
  readonly id: SessionID
  readonly row: Values
  readonly project: Project
  readonly total: number
  /** Columns of its messages and parts that it has values for. */
  readonly columns: { readonly message: readonly string[]; readonly part: readonly string[] }
  /** Rows of other tables, which come along with a session that is new. */
  readonly others: readonly TableRow[]
  /** Rows of its project, where that is new. */
  readonly projectRows: readonly TableRow[]
}

export interface TableRow {
  readonly table: string
  readonly values: Values
}

export interface Planned extends Staged {
  readonly plan: SessionPlan
  /** Whether the session's own row is written. */
  readonly head: boolean
  /** 2.x: whether all messages get new places. */
  readonly renumber: boolean
}

/**
 * A tree of sessions in temporary tables (`in_message`, `in_part`) beside the database, where nobody waits for it, and what differs between the
 * two. `touched` has the ids of messages and parts that would be written.
 */
export class Staging<E extends Exported> {
  /** Columns that sessions had values for, and the database has not. */
  readonly dropped = new Set<string>()
  readonly #db: WritableDatabase
  readonly #layout: Layout<E>
  readonly #schema: SqliteSchema<E>

  constructor(db: WritableDatabase, layout: Layout<E>, schema: SqliteSchema<E>) {
    this.#db = db
    this.#layout = layout
    this.#schema = schema
    const { message, part } = layout
    db.define('same_json', (a, b) => (sameJSON(String(a), String(b)) ? 1 : 0))
    this.#stageTable('in_message', message)
    if (part !== null) {
      this.#stageTable('in_part', part)
      db.exec('CREATE INDEX temp.in_part_message_idx ON in_part (message_id)')
    }
    db.exec('CREATE TEMP TABLE touched (tbl TEXT, id TEXT, state TEXT, PRIMARY KEY (tbl, id)) WITHOUT ROWID')
  }

  /** Runs with the messages of a tree in the temporary tables, which are empty again afterwards. */
  with<T>(tree: readonly Outgoing<E>[], run: (staged: readonly Staged[]) => T): T {
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

  /** A temporary table with the same types, so that SQLite makes the same of each value. */
  #stageTable(name: string, like: string): void {
    const declared = [...this.#schema.types(like)].map(
      ([column, type]) => `${quoted(column)} ${type}${column === 'id' ? ' PRIMARY KEY' : ''}`,
    )
    this.#db.exec(`CREATE TEMP TABLE ${name} (${declared.join(', ')})`)
    this.#db.exec(`CREATE INDEX temp.${name}_session_idx ON ${name} (session_id)`)
  }

  #stage(outgoing: Outgoing<E>, time: number): Staged {
    const { raw } = outgoing
    if (raw?.kind === `sqlite-${this.#layout.generation}`) {
      const staged = this.#stageRaw(outgoing, raw)
      if (staged) return staged
      const id = textOf(outgoing.exported.info.id)
      this.#db.run('DELETE FROM temp.in_message WHERE session_id = ?', id)
      if (this.#layout.part !== null) this.#db.run('DELETE FROM temp.in_part WHERE session_id = ?', id)
    }
    return this.#stageExported(outgoing, time)
  }

  #stageExported({ exported, project, todos = [] }: Outgoing<E>, time: number): Staged {
    const { layout, session } = { layout: this.#layout, session: this.#layout.session }
    const there = this.#schema.names(session)
    const values = Object.entries(layout.sessionRow(exported.info, there))
    for (const [name, value] of values) if (!there.has(name) && value !== null && value !== 0) this.dropped.add(name)
    const row = Object.fromEntries(values.filter(([name]) => there.has(name)))
    const id = textOf(row.id)
    if (id === null || !isPathSafe(id)) throw new OcvaultError('failed', `${JSON.stringify(id)} is no id of a session`)
    let total = 0
    const columns = { message: this.#schema.messageColumns, part: this.#schema.partColumns }
    for (const { message, parts } of layout.messages(exported, time)) {
      total++
      this.#stageRow(columns.message, message, 'message', id)
      for (const part of parts) this.#stageRow(columns.part, part, 'part', id)
    }
    const others = this.#schema.names('todo').size > 0 && layout.generation === 'v1' ? todoRows(id, todos, row) : []
    return { id, row, project, total, columns, others, projectRows: [] }
  }

  /**
   * The rows of a session as they were stored.
   * @returns undefined where the database has no place for some of its messages: then the session must be converted
   */
  #stageRaw({ exported, project, isMoved }: Outgoing<E>, raw: Raw): Staged | undefined {
    const { session, message, part } = this.#layout
    const columns = { message: [...this.#schema.messageColumns], part: [...this.#schema.partColumns] }
    const others: TableRow[] = []
    const placed = this.#layout.sessionRow(exported.info, this.#schema.names(session))
    const id = textOf(placed.id)
    if (id === null || !isPathSafe(id)) throw new OcvaultError('failed', `${JSON.stringify(id)} is no id of a session`)
    let row: Values | undefined
    let total = 0
    const drop = (column: string) => this.dropped.add(column)
    for (const record of raw.records) {
      if (!isRow(record)) return undefined
      const { table } = record
      const what = table === message ? 'message' : table === part ? 'part' : undefined
      if (what) {
        if (what === 'message') total++
        const there = this.#schema.names(table)
        if (columns[what].length < record.columns.size) {
          columns[what] = [...new Set([...columns[what], ...[...record.columns.keys()].filter((name) => there.has(name))])]
        }
        const values = valuesOf(record, there, drop)
        if (typeof values.id !== 'string' || values.session_id !== id) return undefined
        this.#stageRow(columns[what], values, what, id)
      } else if (row === undefined && record.columns.has('project_id')) {
        const there = this.#schema.names(session)
        // Columns that came with a later release are filled as its own migration fills them.
        const later = Object.entries(placed).filter(([name]) => there.has(name) && !record.columns.has(name))
        row = { ...Object.fromEntries(later), ...valuesOf(record, there, drop) }
        for (const name of isMoved ? ['parent_id', ...placeColumns] : ['parent_id']) {
          if (name in row) row = { ...row, [name]: placed[name] ?? null }
        }
      } else if (table === 'session_message' && !isSwitch(record.columns.get('type')) && !this.#keepsPreview) return undefined
      else {
        const there = this.#schema.names(table)
        const values = valuesOf(record, there, drop)
        // A share without its secret, which no archive has, is of no use to OpenCode: the link stays in the session.
        const isWhole = this.#schema.required(table).every((name) => (values[name] ?? null) !== null)
        if (there.size > 0 && isWhole) others.push({ table, values })
        else if (table !== 'session_share') this.dropped.add(table)
      }
    }
    if (row === undefined) return undefined
    const projectRows = [...raw.project].flatMap((record): TableRow[] => {
      if (!isRow(record)) return []
      const there = this.#schema.names(record.table)
      return there.size > 0 ? [{ table: record.table, values: valuesOf(record, there, drop) }] : []
    })
    return { id, row, project, total, columns, others, projectRows }
  }

  /**
   * Whether the 2.0 preview works with this database: then it has messages in a table of its own. Where it does not, nobody would see them there,
   * because 1.x has that table too, and reads no messages from it.
   */
  get #keepsPreview(): boolean {
    if (this.#schema.names('session_v2').size > 0 || !this.#schema.names('session_message').has('seq')) return false
    return this.#db.get("SELECT 1 FROM main.session_message WHERE type NOT LIKE '%-switched' LIMIT 1") !== undefined
  }

  /** A row that is there twice is fine, as long as it says the same twice. */
  #stageRow(columns: readonly string[], values: Values, what: 'message' | 'part', session: SessionID): void {
    if (typeof values.id !== 'string' || !isPathSafe(values.id)) {
      throw new OcvaultError('failed', `session ${session}: ${JSON.stringify(values.id)} is no id of a ${what}`)
    }
    const given = columns.map((name) => values[name] ?? null)
    const table = what === 'part' ? 'temp.in_part' : 'temp.in_message'
    const sql = `INSERT INTO ${table} (${quotedList(columns)}) VALUES (${given.map(markOf).join(', ')}) ON CONFLICT (id) DO NOTHING`
    if (this.#db.run(sql, ...given.map(textBytes)) > 0) return
    const other = this.#db.get(`SELECT session_id, data FROM ${table} WHERE id = ?`, values.id)
    if (other?.session_id === values.session_id && sameJSON(String(other?.data), String(values.data))) return
    throw new OcvaultError('failed', `${what} ${values.id} of session ${session} is there twice, with different content`)
  }

  /** What writing a session would do. Its messages that would be added or changed are in `touched` then. */
  planOf(session: Staged): Planned {
    const { id } = session
    const existing = this.sessionRow(id)
    const renumber = existing !== undefined && this.#layout.part === null && this.#placeInOrder(id)
    const { added, changed, foreign } = this.#compareMessages(id, existing !== undefined)
    const missing = existing ? this.#missing(id) : 0
    const messages = { total: session.total, added, changed, missing }
    const rowDiffers = existing ? this.#rowDifferences(session.row, existing) : []
    const newer = Number(session.row.time_updated) - Number(existing?.time_updated ?? 0)
    const plan = (kind: SessionPlan['kind'], head: boolean): Planned => ({
      ...session,
      plan: { id, kind, messages, differences: this.#differences(session, rowDiffers, newer) },
      head,
      renumber,
    })
    if (foreign > 0 || (existing && this.#isPreview(id))) return plan('diverged', false)
    if (!existing) return { ...plan('new', true), row: { ...this.#usage(session), ...session.row } }
    if (missing > 0 && added + changed > 0) return plan('diverged', false)
    if (missing > 0) return plan('behind', false)
    if (changed > 0) return plan('replaces', newer >= 0)
    if (added > 0) return plan('adds', newer >= 0)
    if (rowDiffers.length === 0) return plan('identical', false)
    return newer < 0 ? plan('behind', false) : plan('replaces', true)
  }

  /** The usage of a session of 1.x that comes without, as OpenCode fills it in. It is given to new sessions alone: where one is there, it need not be equal. */
  #usage({ id, row }: Staged): Values {
    if (this.#layout.generation !== 'v1' || 'tokens_input' in row) return {}
    const there = this.#schema.names(this.#layout.session)
    const sums = Object.entries(this.#db.get(usageOfAnswers('temp.in_message'), id) ?? {}).filter(([name]) => there.has(name))
    return Object.fromEntries(sums)
  }

  /** Whether a session of 1.x has its messages where the 2.0 preview and the v2 API of 1.17 to 1.19 put them, in `session_message`. */
  #isPreview(id: SessionID): boolean {
    if (
      this.#layout.generation === 'v2' ||
      this.#schema.names('session_v2').size > 0 ||
      this.#schema.names('session_message').size === 0
    )
      return false
    const turns = "SELECT 1 FROM main.session_message WHERE session_id = ? AND type NOT LIKE '%-switched' LIMIT 1"
    return this.#db.get(turns, id) !== undefined
  }

  /** The row of a session as it is in the database. */
  sessionRow(id: SessionID): Row | undefined {
    const { session } = this.#layout
    const columns = [...this.#schema.names(session)]
    for (const row of this.#db.exactRows(`SELECT ${quotedList(columns)} FROM main.${session} WHERE id = ?`, id)) return row
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
        ? `its title, here ${JSON.stringify(textOf(this.sessionRow(id)?.title) ?? '')} and there ${JSON.stringify(row.title)}`
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
}

function todoRows(id: SessionID, todos: readonly Todo[], { time_updated }: Values): TableRow[] {
  const time = { time_created: time_updated ?? 0, time_updated: time_updated ?? 0 }
  return todos.map((todo, position) => ({ table: 'todo', values: { session_id: id, ...todo, position, ...time } }))
}

/** A change of agent or model, which 1.14 to 1.17 noted beside messages that say the same. */
const isSwitch = (type: RawValue | undefined): boolean => String(readable(type ?? null)).endsWith('-switched')
