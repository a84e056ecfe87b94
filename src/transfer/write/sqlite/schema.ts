import { OcvaultError } from '../../../base/errors.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { Row } from '../../../sqlite/port.ts'
import { quotedList } from '../../../sqlite/quoted.ts'
import type { Column, WritableDatabase } from '../../../sqlite/writable.ts'
import type { Exported } from '../writer.ts'
import type { Layout } from './layout.ts'
import type { DigestTable } from './row-digest.ts'
import type { StagedTable } from './rows.ts'

/** Columns of a project that get a value. */
const projectColumns = ['id', 'worktree', 'vcs', 'sandboxes', 'time_created', 'time_updated']
/** Tables that are written, or looked at, where they are. */
const optionalTables = [
  ...[
    'project_directory',
    'worktree',
    'event_sequence',
    'session_message',
    'session_v2',
    'permission',
    'todo',
    'session_share',
    'workspace',
  ],
  ...['session_input', 'session_context_epoch', 'session_inbox', 'session_pending', 'instruction_entry', 'instruction_state'],
]

/** Columns of messages and parts that a session has values for. */
export interface TranscriptColumns {
  readonly message: readonly string[]
  readonly part: readonly string[]
}

/**
 * A database, the layout that sessions are written in, and which of its columns are there: they differ from release to release.
 */
export class SqliteSchema<E extends Exported> {
  readonly db: WritableDatabase
  readonly layout: Layout<E>
  readonly messageColumns: readonly string[]
  /** None where parts have no table. */
  readonly partColumns: readonly string[]
  readonly #columns: ReadonlyMap<string, readonly Column[]>

  /** @throws OcvaultError `refused` when rows of the layout cannot be written */
  constructor(db: WritableDatabase, layout: Layout<E>) {
    this.db = db
    this.layout = layout
    const { session, message, part, needs } = layout
    this.#columns = new Map([...Object.keys(needs), ...optionalTables].map((table) => [table, db.columns(table)]))
    this.messageColumns = needs[message] ?? []
    this.partColumns = part === null ? [] : (needs[part] ?? [])
    this.#check({ ...needs, [session]: Object.keys(layout.sessionRow({}, new Set())), project: projectColumns })
  }

  /** The declared type of each column. */
  types(table: string): Map<string, string> {
    return new Map(this.#columns.get(table)?.map(({ name, type }) => [name, type]))
  }

  /** The columns of a table that a row must give a value. */
  required(table: string): string[] {
    return (this.#columns.get(table) ?? []).filter(({ required }) => required).map(({ name }) => name)
  }

  /** The names of a table's columns; none for a table that is not there. */
  names(table: string): Set<string> {
    return new Set(this.#columns.get(table)?.map(({ name }) => name))
  }

  /** What digests of whole sessions are of. */
  get digestTables(): readonly DigestTable[] {
    const { session, message, part } = this.layout
    const all = (table: string) => [...this.names(table)]
    return [
      { table: session, key: 'id', columns: all(session) },
      { table: message, key: 'session_id', columns: all(message) },
      ...(part === null ? [] : [{ table: part, key: 'session_id', columns: all(part) }]),
    ]
  }

  /** The tables of a transcript: messages first. @param columns those that get a value */
  transcript({
    message,
    part,
  }: TranscriptColumns): readonly [messages: StagedTable] | readonly [messages: StagedTable, parts: StagedTable] {
    const { layout } = this
    const messages: StagedTable = { staged: 'in_message', table: layout.message, columns: message }
    return layout.part === null ? [messages] : [messages, { staged: 'in_part', table: layout.part, columns: part }]
  }

  /** The row of a session as it is in the database. */
  sessionRow(id: SessionID): Row | undefined {
    const { session } = this.layout
    const sql = `SELECT ${quotedList([...this.names(session)])} FROM main.${session} WHERE id = ?`
    for (const row of this.db.exactRows(sql, id)) return row
    return undefined
  }

  /** @param given the columns of each table that get a value */
  #check(given: Readonly<Record<string, readonly string[]>>): void {
    const refuse = (what: string): never => {
      throw new OcvaultError('refused', `${this.db.path} is of a release that this ocvault cannot write: ${what}`, {
        hint: 'export',
      })
    }
    for (const [table, columns] of Object.entries(this.layout.needs)) {
      const there = this.names(table)
      if (there.size === 0) refuse(`there is no table ${table}`)
      const missing = columns.find((name) => !there.has(name))
      if (missing !== undefined) refuse(`table ${table} has no column ${missing}`)
      const unknown = this.#columns.get(table)?.find(({ name, required }) => required && !given[table]?.includes(name))
      if (unknown) refuse(`table ${table} asks for a column ${unknown.name} that it does not know`)
    }
  }
}
