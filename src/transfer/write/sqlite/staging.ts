import { sameJSON } from '../../../base/canonical-json.ts'
import { OcvaultError } from '../../../base/errors.ts'
import { textOf } from '../../../base/json.ts'
import { isPathSafe, type SessionID } from '../../../opencode/ids.ts'
import { quoted, quotedList } from '../../../sqlite/quoted.ts'
import type { Exported, Outgoing, Project } from '../writer.ts'
import type { Values } from './layout.ts'
import { markOf, textBytes } from './raw-rows.ts'
import type { TableRow } from './rows.ts'
import type { SqliteSchema, TranscriptColumns } from './schema.ts'

/** A session whose messages wait in the temporary tables. */
export interface StagedSession {
  readonly id: SessionID
  readonly row: Values
  readonly project: Project
  /** Where it goes if it is there; undefined, or without it, it stays. */
  readonly relocate?: Outgoing<Exported>['relocate']
  /** Its messages. */
  readonly total: number
  /** Columns of its messages and parts that it has values for. */
  readonly columns: TranscriptColumns
  /** Rows of other tables, which come along with a session that is new. */
  readonly others: readonly TableRow[]
  /** Rows of its project, where that is new. */
  readonly projectRows: readonly TableRow[]
}

/**
 * Temporary tables (`in_message`, `in_part`) in which a tree of sessions waits beside the database, where nobody waits for it. A
 * third, `touched`, has the ids of messages and parts that would be written.
 */
export class Staging<E extends Exported> {
  /** Columns that sessions had values for, and the database has not. */
  readonly dropped = new Set<string>()
  /** Sessions whose workspace is not in the database. */
  readonly withoutWorkspace = new Set<SessionID>()
  readonly schema: SqliteSchema<E>

  constructor(schema: SqliteSchema<E>) {
    this.schema = schema
    const { db, layout } = schema
    db.define('same_json', (a, b) => (sameJSON(String(a), String(b)) ? 1 : 0))
    this.#table('in_message', layout.message)
    if (layout.part !== null) {
      this.#table('in_part', layout.part)
      db.exec('CREATE INDEX temp.in_part_message_idx ON in_part (message_id)')
    }
    db.exec('CREATE TEMP TABLE touched (tbl TEXT, id TEXT, state TEXT, PRIMARY KEY (tbl, id)) WITHOUT ROWID')
  }

  /** A temporary table with the same types, so that SQLite makes the same of each value. */
  #table(name: string, like: string): void {
    const { db } = this.schema
    const declared = [...this.schema.types(like)].map(
      ([column, type]) => `${quoted(column)} ${type}${column === 'id' ? ' PRIMARY KEY' : ''}`,
    )
    db.exec(`CREATE TEMP TABLE ${name} (${declared.join(', ')})`)
    db.exec(`CREATE INDEX temp.${name}_session_idx ON ${name} (session_id)`)
  }

  /** Runs with what `fill` puts into the temporary tables, which are empty again afterwards. */
  with<S, T>(fill: () => S, run: (staged: S) => T): T {
    const { db, layout } = this.schema
    db.exec('BEGIN')
    try {
      const staged = fill()
      db.exec('COMMIT')
      return run(staged)
    } catch (error) {
      db.rollback()
      throw error
    } finally {
      for (const table of ['in_message', ...(layout.part === null ? [] : ['in_part']), 'touched']) {
        db.exec(`DELETE FROM temp.${table}`)
      }
    }
  }

  /**
   * A row of a message or a part. One that is there twice is fine, as long as it says the same twice.
   * @throws OcvaultError `failed` for a row that no session can have
   */
  add(columns: readonly string[], values: Values, what: 'message' | 'part', session: SessionID): void {
    const { db } = this.schema
    if (typeof values.id !== 'string' || !isPathSafe(values.id)) {
      throw new OcvaultError('failed', `session ${session}: ${JSON.stringify(values.id)} is no id of a ${what}`)
    }
    const given = columns.map((name) => values[name] ?? null)
    const table = what === 'part' ? 'temp.in_part' : 'temp.in_message'
    const sql = `INSERT INTO ${table} (${quotedList(columns)}) VALUES (${given.map(markOf).join(', ')}) ON CONFLICT (id) DO NOTHING`
    if (db.run(sql, ...given.map(textBytes)) > 0) return
    const other = db.get(`SELECT session_id, data FROM ${table} WHERE id = ?`, values.id)
    if (other?.session_id === values.session_id && sameJSON(String(other?.data), String(values.data))) return
    throw new OcvaultError('failed', `${what} ${values.id} of session ${session} is there twice, with different content`)
  }

  /** Takes out what waits of a session. */
  drop(session: SessionID): void {
    const { db, layout } = this.schema
    db.run('DELETE FROM temp.in_message WHERE session_id = ?', session)
    if (layout.part !== null) db.run('DELETE FROM temp.in_part WHERE session_id = ?', session)
  }
}

/** The id of a session's row. @throws OcvaultError `failed` when it is none */
export function sessionIDIn({ id }: Values): SessionID {
  const text = textOf(id)
  if (text !== null && isPathSafe(text)) return text
  throw new OcvaultError('failed', `${JSON.stringify(text)} is no id of a session`)
}
