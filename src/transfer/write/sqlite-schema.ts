import { OcvaultError } from '../../base/errors.ts'
import type { Column, WritableDatabase } from '../../sqlite/writable.ts'
import type { Layout } from './layout.ts'
import type { Exported } from './writer.ts'

/** Columns of a project that get a value. */
const projectColumns = ['id', 'worktree', 'vcs', 'sandboxes', 'time_created', 'time_updated']
/** Tables that are written, or looked at, where they are. */
const optionalTables = [
  ...['project_directory', 'worktree', 'event_sequence', 'session_message', 'session_v2', 'permission', 'todo', 'session_share'],
  ...['session_input', 'session_context_epoch', 'session_inbox', 'session_pending', 'instruction_entry', 'instruction_state'],
]

/** Which of the columns that a layout writes a database has: they differ from release to release. */
export class SqliteSchema<E extends Exported> {
  readonly messageColumns: readonly string[]
  /** None where parts have no table. */
  readonly partColumns: readonly string[]
  readonly #path: string
  readonly #layout: Layout<E>
  readonly #columns: ReadonlyMap<string, readonly Column[]>

  /** @throws OcvaultError `refused` when rows of the layout cannot be written */
  constructor(db: WritableDatabase, layout: Layout<E>) {
    this.#path = db.path
    this.#layout = layout
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

  /** @param given the columns of each table that get a value */
  #check(given: Readonly<Record<string, readonly string[]>>): void {
    const refuse = (what: string): never => {
      throw new OcvaultError('refused', `${this.#path} is of a release that this ocvault cannot write: ${what}`, {
        hint: 'export',
      })
    }
    for (const [table, columns] of Object.entries(this.#layout.needs)) {
      const there = this.names(table)
      if (there.size === 0) refuse(`there is no table ${table}`)
      const missing = columns.find((name) => !there.has(name))
      if (missing !== undefined) refuse(`table ${table} has no column ${missing}`)
      const unknown = this.#columns.get(table)?.find(({ name, required }) => required && !given[table]?.includes(name))
      if (unknown) refuse(`table ${table} asks for a column ${unknown.name} that it does not know`)
    }
  }
}
