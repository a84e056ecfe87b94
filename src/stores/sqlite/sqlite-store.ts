import { reasonOf } from '../../base/errors.ts'
import { listOf, textOf } from '../../base/json.ts'
import { type Problem, ProblemLog } from '../../base/problems.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { databaseBytes } from '../../sqlite/database-files.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import type { Row } from '../../sqlite/port.ts'
import { matches, sessionOrder } from '../filter.ts'
import { generationOf } from '../generation.ts'
import type { LongBytes } from '../long-record.ts'
import type {
  IsKnown,
  MessageQuery,
  ProjectRecord,
  RawRecord,
  Remains,
  SessionFilter,
  SessionHeader,
  Store,
  StoredInfo,
  StoredMessage,
  StoreSize,
} from '../store.ts'
import { hiddenRows, quickCheck } from './check.ts'
import { KnownRows } from './known-rows.ts'
import { LostSessions } from './lost-sessions.ts'
import { messagesNamed, rowsAdded } from './named-changes.ts'
import { explainsPulse, messageMarksOf, pulseOf, sessionMarks } from './session-marks.ts'
import { SessionTable } from './session-table.ts'
import { type SessionRows, tableRecords, tableRecordsBut } from './table-records.ts'

/** The texts in a JSON list. */
function textsIn(json: string | null): string[] {
  try {
    return listOf(JSON.parse(json ?? '[]')).filter((item) => typeof item === 'string')
  } catch {
    return []
  }
}

/** `workspace` is left out: how to reach a remote one is a secret. */
const projectTables: readonly SessionRows[] = [
  { table: 'project', key: 'id' },
  ...['project_directory', 'worktree', 'permission'].map((table) => ({ table, key: 'project_id' })),
]

/** What the two generations of tables have in common: a table of sessions, and rows that belong to a session. */
export abstract class SqliteStore implements Store {
  abstract readonly kind: 'sqlite-v1' | 'sqlite-v2'
  readonly path: string
  protected readonly db: Database
  protected readonly log = new ProblemLog()
  /** Tables with rows of a session, the session's own first. */
  protected abstract readonly recordTables: readonly SessionRows[]
  /** Tables that hold what is said in a session. */
  protected abstract readonly transcriptTables: readonly string[]
  protected readonly table: SessionTable
  readonly #ownTable: string
  #lost: LostSessions | undefined
  #known: KnownRows | undefined

  /** @param db may be shared by the stores of both generations in one file */
  constructor(db: Database, table: 'session' | 'session_v2') {
    this.path = db.path
    this.db = db
    this.#ownTable = table
    this.table = new SessionTable(db, table, this.log)
  }

  /** Sessions whose row is gone, by what is left of them. */
  protected get lost(): LostSessions {
    if (this.#lost) return this.#lost
    const isClean = this.#knownRows.noneLost()
    this.#lost = new LostSessions(this.db, isClean ? [] : this.transcriptTables, (id, query) => this.messages(id, query))
    if (!isClean && this.#lost.headers.size === 0) this.#knownRows.noteNoneLost()
    return this.#lost
  }

  get #knownRows(): KnownRows {
    this.#known ??= new KnownRows(this.db, this.#ownTable, this.transcriptTables)
    return this.#known
  }

  sessions(filter: SessionFilter = {}): Iterable<SessionHeader> {
    const isUnlinkedAlone = filter.unlinked === true && Object.keys(filter).length === 1
    return this.lost.mixedInto(isUnlinkedAlone ? this.#unlinked() : this.table.sessions(filter), filter)
  }

  #unlinked(): SessionHeader[] {
    const known = this.#knownRows.unlinked(this.#ownTable, (after) => this.table.unlinked(after))
    const headers = this.table.headers(known).filter((header) => matches(header, { unlinked: true }))
    return headers.sort(sessionOrder())
  }

  session(id: SessionID): SessionHeader | undefined {
    return this.table.session(id) ?? this.lost.headers.get(id)
  }

  headers(ids: readonly SessionID[]): SessionHeader[] {
    const headers = this.table.headers(ids)
    if (headers.length === ids.length || this.lost.headers.size === 0) return headers
    const found = new Map(headers.map((header) => [header.id, header]))
    return ids.flatMap((id) => found.get(id) ?? this.lost.headers.get(id) ?? [])
  }

  updated(ids: readonly SessionID[]): ReadonlyMap<SessionID, number> {
    const updated = this.table.updated(ids)
    if (updated.size === ids.length) return updated
    for (const id of ids) {
      const header = updated.has(id) ? undefined : this.lost.headers.get(id)
      if (header) updated.set(id, header.time.updated)
    }
    return updated
  }

  idsStartingWith(prefix: string, limit: number): SessionID[] {
    const lost = [...this.lost.headers.keys()].filter((id) => id.startsWith(prefix))
    return [...this.table.idsStartingWith(prefix, limit), ...lost].sort().slice(0, limit)
  }

  *children(parents: readonly SessionID[]): Iterable<readonly [SessionID, SessionID]> {
    yield* this.table.children(parents)
    for (const { parentID, id } of this.lost.headers.values()) {
      if (parentID !== null && parents.includes(parentID)) yield [parentID, id]
    }
  }

  *nested(): Iterable<readonly [SessionID, SessionID]> {
    // The parent of a session may be one of which only remains are left.
    const nested = this.#knownRows.nested(this.#ownTable, (after) => this.table.nested(after))
    for (const [parent, child] of nested) if (this.lost.headers.get(parent)?.parentID !== null) yield [parent, child]
    for (const { parentID, id } of this.lost.headers.values()) {
      if (parentID !== null && this.session(parentID)?.parentID !== null) yield [parentID, id]
    }
  }

  remains(): ReadonlyMap<SessionID, Remains> {
    return this.lost.remains
  }

  abstract info(id: SessionID): StoredInfo | undefined

  abstract messages(id: SessionID, query?: MessageQuery): Iterable<StoredMessage>

  *transcripts(ids: readonly SessionID[], query: MessageQuery = {}): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    for (const id of ids) yield [id, this.messages(id, query)]
  }

  records(id: SessionID): Iterable<RawRecord> {
    return tableRecords(this.db, this.recordTables, id)
  }

  recordsBut(isKnown: IsKnown, id: SessionID): Iterable<RawRecord<true | LongBytes>> {
    return tableRecordsBut(isKnown, this.db, this.recordTables, id)
  }

  *projects(): Iterable<ProjectRecord> {
    const tables = this.db.tables()
    if (!tables.has('project')) return
    const directories = new Map<string, string[]>()
    for (const table of ['project_directory', 'worktree'].filter((name) => tables.has(name))) {
      for (const row of this.#rows(table, ['project_id', 'directory'])) {
        const id = String(row.project_id)
        const directory = textOf(row.directory)
        if (directory !== null) directories.set(id, [...(directories.get(id) ?? []), directory])
      }
    }
    for (const row of this.#rows('project', ['id', 'worktree', 'sandboxes'])) {
      const id = String(row.id)
      const sandboxes = textsIn(textOf(row.sandboxes))
      yield { id, worktree: textOf(row.worktree), directories: [...sandboxes, ...(directories.get(id) ?? [])] }
    }
  }

  projectRecords(projectID: string): Iterable<RawRecord> {
    return tableRecords(this.db, projectTables, projectID)
  }

  hold(): () => void {
    return this.db.hold()
  }

  /**
   * A small table that only helps to find sessions: where its pages are damaged that is named, and the search goes on without it.
   */
  #rows(table: string, [key, ...others]: readonly [string, ...string[]]): Row[] {
    const present = this.db.columns(table)
    if (!present.has(key)) {
      this.log.add(this.path, `table ${table} has no column ${key}: not read`)
      return []
    }
    const columns = [key, ...others.map((name) => (present.has(name) ? name : `NULL AS ${name}`))]
    try {
      return this.db.all(`SELECT ${columns.join(', ')} FROM ${table} NOT INDEXED`)
    } catch (error) {
      if (!isCorruption(error)) throw error
      this.log.add(this.path, `table ${table}: ${reasonOf(error)}`)
      return []
    }
  }

  size(): StoreSize {
    const size = this.table.size(databaseBytes(this.path))
    const lost = [...this.lost.headers.values()].map(({ time }) => time.updated)
    if (lost.length === 0) return size
    return { ...size, sessions: size.sessions + lost.length, newest: Math.max(size.newest ?? 0, ...lost) }
  }

  check(): readonly Problem[] {
    const tables = [this.recordTables[0]!.table, ...this.transcriptTables]
    const found = new ProblemLog()
    for (const reason of [...hiddenRows(this.db, tables), ...quickCheck(this.db)]) found.add(this.path, reason)
    for (const { path, reason } of found.all()) this.log.add(path, reason)
    return found.all()
  }

  problems(): readonly Problem[] {
    return this.log.all()
  }

  generation(): string {
    return generationOf([this.db.stamp()])
  }

  stamp(): string | null {
    return this.db.stamp()
  }

  pulse(): string | null {
    return pulseOf(this.db, this.#ownTable, this.transcriptTables)
  }

  marks(quick: boolean, ids?: readonly SessionID[]): ReadonlyMap<SessionID, string> {
    // Releases before 1.14 keep no event log: there only the transcripts tell.
    const tables = quick && this.db.tables().has('event_sequence') ? [] : this.transcriptTables
    return this.#marksWith(sessionMarks(this.db, this.table.marks(), tables, this.log, { ids }), ids)
  }

  marksByRows(): ReadonlyMap<SessionID, string> {
    const { transcriptTables } = this
    return this.#marksWith(sessionMarks(this.db, this.table.marks(), transcriptTables, this.log, { isIndexed: false }))
  }

  /** With those of sessions that have no row. */
  #marksWith(marks: ReadonlyMap<SessionID, string>, ids?: readonly SessionID[]): ReadonlyMap<SessionID, string> {
    const lost = [...this.lost.headers.keys()].filter((id) => !ids || ids.includes(id))
    if (lost.length === 0) return marks
    const own = `SELECT id, mark FROM (SELECT value AS id, 'lost' AS mark FROM json_each('${JSON.stringify(lost).replaceAll("'", "''")}'))`
    return new Map([...marks, ...sessionMarks(this.db, own, this.transcriptTables, this.log, { ids: lost })])
  }

  explains(
    before: string,
    after: string,
    marks: readonly (readonly [before: string | undefined, after: string | undefined])[],
  ): boolean {
    return explainsPulse(before, after, marks)
  }

  messageMarks(
    ids: readonly SessionID[],
    least: number,
    messages?: readonly MessageID[],
  ): ReadonlyMap<SessionID, ReadonlyMap<MessageID, string>> {
    return messageMarksOf(this.db, this.transcriptTables, ids, least, messages)
  }

  named(id: SessionID, cursor: string | null): { readonly messages: ReadonlySet<MessageID>; readonly events: number } | null {
    return messagesNamed(this.db, this.transcriptTables, id, cursor)
  }

  added(cursor: string | null): { sessions: ReadonlySet<SessionID>; cursor: string } {
    return rowsAdded(this.db, this.transcriptTables, cursor)
  }

  close(): void {
    this.db.close()
  }
}
