import { textOf } from '../../../base/json.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { WritableDatabase } from '../../../sqlite/writable.ts'
import {
  type Exported,
  isToBeWritten,
  type Outgoing,
  type SessionPlan,
  type StoreWriter,
  type UndoNotes,
  verdictOf,
  type WriteOptions,
  type WriteResult,
} from '../writer.ts'
import { adoptRows } from './adopt-rows.ts'
import { changeSession } from './change-session.ts'
import { type PlannedRows, planRows } from './compare.ts'
import type { Layout } from './layout.ts'
import { makeSession } from './new-session.ts'
import { SqliteSchema } from './schema.ts'
import { stageSession } from './staged-session.ts'
import { type StagedSession, Staging } from './staging.ts'

/**
 * Writes sessions into a database of OpenCode. A tree of sessions is first put into temporary tables, where nobody waits for it;
 * the transaction itself only compares and copies, so that a running OpenCode is held up as little as can be.
 */
export class SqliteWriter<E extends Exported> implements StoreWriter<E> {
  readonly generation
  readonly path: string
  readonly #db: WritableDatabase
  readonly #schema: SqliteSchema<E>
  readonly #staging: Staging<E>

  /**
   * @param db is closed with the writer
   * @throws OcvaultError `refused` when the schema is none that can be written
   */
  constructor(db: WritableDatabase, layout: Layout<E>) {
    this.#db = db
    this.generation = layout.generation
    this.path = db.path
    this.#schema = new SqliteSchema(db, layout)
    this.#staging = new Staging(this.#schema)
  }

  /** Whether the releases that use this schema tell projects by their remote: 1.15 (which also brought `metadata`) and later. */
  get asksRemote(): boolean {
    return this.#schema.names(this.#schema.layout.session).has('metadata')
  }

  get notes(): readonly string[] {
    const { dropped, withoutWorkspace } = this.#staging
    const left = [...dropped].sort().join(', ')
    const number = withoutWorkspace.size
    const sessions = number === 1 ? 'a session belongs' : `${number} sessions belong`
    return [
      ...(left === '' ? [] : [`the release that made ${this.path} has no place for: ${left}`]),
      ...(number === 0 ? [] : [`${sessions} to a workspace that is not here; OpenCode opens such sessions only without it`]),
    ]
  }

  has(id: SessionID): boolean {
    return this.#db.get(`SELECT 1 FROM main.${this.#schema.layout.session} WHERE id = ?`, id) !== undefined
  }

  plan(tree: readonly Outgoing<E>[]): SessionPlan[] {
    return this.#with(tree, (staged) => {
      this.#db.exec('BEGIN')
      try {
        return staged.map((session) => planRows(this.#schema, session).plan)
      } finally {
        this.#db.exec('COMMIT')
      }
    })
  }

  write(tree: readonly Outgoing<E>[], { update, undo }: WriteOptions): WriteResult {
    return this.#with(tree, (staged) => {
      let noted = false
      try {
        return this.#db.transaction(() => {
          const planned = staged.map((session) => planRows(this.#schema, session))
          const plans = planned.map(({ plan }) => plan)
          noted = verdictOf(plans, update) === 'write'
          if (noted)
            this.#apply(
              planned.filter(({ plan }) => isToBeWritten(plan)),
              undo,
            )
          return { written: noted, plans }
        })
      } catch (error) {
        if (noted) undo.discard()
        throw error
      }
    })
  }

  #with<T>(tree: readonly Outgoing<E>[], run: (staged: readonly StagedSession[]) => T): T {
    const nowMs = Date.now()
    return this.#staging.with(() => tree.map((outgoing) => stageSession(this.#staging, outgoing, nowMs)), run)
  }

  #apply(sessions: readonly PlannedRows[], undo: UndoNotes): void {
    undo.begin(this.#schema.digestTables)
    const made = new Set<SessionID>()
    for (const session of sessions) {
      undo.session(session.id, textOf(session.row.title) ?? '')
      if (session.isLeft) adoptRows(this.#schema, session, made, undo)
      else if (session.plan.kind === 'new') makeSession(this.#schema, session, made, undo)
      else changeSession(this.#schema, session, undo)
    }
    undo.commit()
  }

  close(): void {
    this.#db.close()
  }
}
