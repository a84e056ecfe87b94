import { isUtf8 } from 'node:buffer'
import { listOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/port.ts'
import type { WritableDatabase } from '../../sqlite/writable.ts'
import type { Edit } from '../../transfer/edit/edit.ts'
import { changesIn, directoriesIn, directoriesOfMessage, type JsonRule, rulesFor } from '../../transfer/edit/json-places.ts'
import { exactRows } from '../../transfer/write/sqlite/row-digest.ts'
import type { Project } from '../../transfer/write/writer.ts'
import type { NewPlace, Relocation } from './relocation.ts'

/** What the edits of a store are about, for whoever reads them. */
export interface EditedSession {
  readonly id: SessionID
  readonly title: string
}

interface Told {
  /** A session that goes somewhere, before its edits. */
  session(session: EditedSession): void
}

const text = (value: Row[string] | undefined): string | null => {
  if (value instanceof Uint8Array) return isUtf8(value) ? Buffer.from(value).toString() : null
  return typeof value === 'string' ? value : null
}

/** Rows of a session that hold JSON in `data`. */
interface JsonRows {
  readonly table: string
  /** The column that names the session. */
  readonly key: string
  /** Only rows of these types. */
  readonly types?: readonly string[]
  readonly where?: string
}

/** What makes a part one of the type `patch` without parsing it; a few others pass, in which nothing is found then. */
const patches = `(instr(data, '"type":"patch"') > 0 OR instr(data, '"type": "patch"') > 0)`
const eventTypes = ['session.created.1', 'session.updated.1', 'message.updated.1', 'message.part.updated.1']

/** Every edit that it takes to relocate what one database says: sessions of both generations, their transcripts and events. */
export class DatabaseEdits {
  readonly #db: WritableDatabase
  readonly #relocation: Relocation
  readonly #told: Told
  readonly #tables: ReadonlySet<string>
  readonly #projects = new Map<string, Project>()

  constructor(db: WritableDatabase, relocation: Relocation, told: Told) {
    this.#db = db
    this.#relocation = relocation
    this.#told = told
    this.#tables = db.tables()
  }

  /** Projects as they shall be, by the id that they have; after {@link all}. */
  get projects(): ReadonlyMap<string, Project> {
    return this.#projects
  }

  *all(): Iterable<Edit> {
    const rows = this.#tables.has('project') ? this.#rows('project') : []
    for (const row of rows) this.#see(row)
    const placed = new Map<SessionID, NewPlace>()
    const wanted = new Map<string, Project>()
    for (const table of ['session', 'session_v2']) {
      for (const { id, place, edits } of this.#sessions(table)) {
        placed.set(id, place)
        if (!rows.some((row) => text(row.id) === place.project.id)) wanted.set(place.project.id, place.project)
        this.#waiting.push(...edits)
      }
    }
    for (const row of rows) {
      const now = this.#projects.get(text(row.id) ?? '')
      if (now && now.id !== text(row.id) && !rows.some((each) => text(each.id) === now.id)) wanted.set(now.id, now)
    }
    for (const project of wanted.values()) yield* this.#made(project, rows)
    yield* this.#waiting
    for (const id of placed.keys()) yield* this.#transcript(id, placed.get(id)!)
    yield* this.#ofProjects(rows)
    yield* this.#directories()
    yield* this.#leftProjects(rows)
  }

  readonly #waiting: Edit[] = []

  #rows(table: string): Row[] {
    return [...exactRows(this.#db, table, this.#columns(table), '1')]
  }

  #columns(table: string): string[] {
    return this.#db.columns(table).map(({ name }) => name)
  }

  #see(row: Row): void {
    const [id, worktree] = [text(row.id), text(row.worktree)]
    if (id === null || worktree === null) return
    const vcs = text(row.vcs) === 'git' ? 'git' : null
    this.#projects.set(id, this.#relocation.project({ id, worktree }) ?? { id, worktree, vcs })
  }

  *#sessions(table: string): Iterable<{ id: SessionID; place: NewPlace; edits: Edit[] }> {
    if (!this.#tables.has(table)) return
    const present = new Set(this.#columns(table))
    if (!['id', 'project_id', 'directory'].every((name) => present.has(name))) return
    const generation = table === 'session' ? 'v1' : 'v2'
    const columns = ['id', 'project_id', 'directory', 'path', 'title'].filter((name) => present.has(name))
    for (const row of exactRows(this.#db, table, columns, '1')) {
      const [id, projectID, directory, path] = [row.id, row.project_id, row.directory, row.path].map(text)
      if (id == null || projectID == null || directory == null) continue
      const place = this.#relocation.session(
        { id, generation, projectID, directory, path: path ?? null },
        this.#projects.get(projectID),
      )
      if (!place) continue
      this.#told.session({ id, title: text(row.title) ?? '' })
      const value = (column: string, before: string | null, after: string | null): Edit[] =>
        before === after ? [] : [{ kind: 'value', store: this.#db.path, table, id, column, before, after }]
      const edits = [
        ...value('project_id', projectID, place.project.id),
        ...value('directory', directory, place.directory),
        ...(path == null ? [] : value('path', path, place.path)),
      ]
      yield { id, place, edits }
    }
  }

  *#transcript(id: SessionID, place: NewPlace): Iterable<Edit> {
    const map = (path: string) => this.#relocation.directory(path)
    yield* this.#json({ table: 'message', key: 'session_id' }, id, () => rulesFor(directoriesIn.message, map))
    yield* this.#json({ table: 'part', key: 'session_id', where: patches }, id, () => rulesFor(directoriesIn.patch, map))
    const typed = { table: 'session_message', key: 'session_id', types: ['location-switched', 'assistant'] }
    yield* this.#json(typed, id, (type) => rulesFor(directoriesOfMessage('v2', type), map))
    const log = { table: 'event', key: 'aggregate_id', types: eventTypes }
    yield* this.#json(log, id, (type) => eventRules(type, place, map))
  }

  /** Texts in the column `data` of the rows of a session. */
  *#json({ table, key, types, where = '1' }: JsonRows, id: SessionID, rules: (type: string) => JsonRule[]): Iterable<Edit> {
    const present = new Set(this.#tables.has(table) ? this.#columns(table) : [])
    if (![key, 'id', 'data', ...(types ? ['type'] : [])].every((name) => present.has(name))) return
    const among = types ? `type IN (${types.map((type) => `'${type}'`).join(', ')})` : '1'
    const sql = `SELECT id, ${types ? 'type' : `''`} AS type, CAST(data AS BLOB) AS data FROM main.${table}
      WHERE ${key} = ? AND typeof(data) = 'text' AND ${among} AND ${where}`
    for (const row of this.#db.exactRows(sql, id)) {
      const rowID = text(row.id)
      if (rowID === null || !(row.data instanceof Uint8Array)) continue
      for (const change of changesIn(row.data, rules(String(row.type))))
        yield { kind: 'json', store: this.#db.path, row: { table, id: rowID, column: 'data' }, ...change }
    }
  }

  /** The row of a project that is not there yet: as that of the one whose place it takes, or a plain one. */
  *#made(project: Project, rows: readonly Row[]): Iterable<Edit> {
    const old = rows.find((row) => this.#projects.get(text(row.id) ?? '')?.id === project.id)
    const now = Date.now()
    const plain: Row = { vcs: project.vcs, time_created: now, time_updated: now, sandboxes: '[]' }
    const present = this.#columns('project')
    const own = old ? { ...old, sandboxes: this.#sandboxes(old, project.worktree) ?? old.sandboxes ?? '[]' } : plain
    const all: Row = { ...own, id: project.id, worktree: project.worktree }
    const row = Object.fromEntries(Object.entries(all).filter(([name]) => present.includes(name)))
    yield { kind: 'row', store: this.#db.path, table: 'project', comes: true, row: bytesIn(row) }
  }

  #sandboxes(row: Row, worktree: string): string | undefined {
    const before = text(row.sandboxes)
    const list = listOf(parsed(before)).filter((each) => typeof each === 'string')
    const mapped = [...new Set(list.map((each) => this.#relocation.directory(each)))].filter((each) => each !== worktree)
    return list.length === mapped.length && list.every((each, at) => each === mapped[at]) ? undefined : JSON.stringify(mapped)
  }

  /** Work trees of projects that keep their id. */
  *#ofProjects(rows: readonly Row[]): Iterable<Edit> {
    for (const row of rows) {
      const [id, worktree] = [text(row.id), text(row.worktree)]
      const now = id === null ? undefined : this.#projects.get(id)
      if (!now || id === null || now.id !== id) continue
      const at = { kind: 'value', store: this.#db.path, table: 'project', id } as const
      if (worktree !== now.worktree) yield { ...at, column: 'worktree', before: worktree, after: now.worktree }
      const sandboxes = this.#sandboxes(row, now.worktree)
      const before = text(row.sandboxes)
      if (sandboxes !== undefined && before !== null) yield { ...at, column: 'sandboxes', before, after: sandboxes }
    }
  }

  /** Directories of projects, of 1.17 and 2.x, and what else belongs to a project. */
  *#directories(): Iterable<Edit> {
    for (const table of ['project_directory', 'worktree']) {
      if (!this.#tables.has(table)) continue
      const there = this.#rows(table)
      const taken = new Set(there.map((row) => `${text(row.project_id)}\0${text(row.directory)}`))
      for (const row of there) {
        const [projectID, directory] = [text(row.project_id) ?? '', text(row.directory) ?? '']
        const project = this.#projects.get(projectID)?.id ?? projectID
        const now = this.#relocation.directory(directory)
        if (project === projectID && now === directory) continue
        const name = `${project}\0${now}`
        if (!taken.has(name)) {
          const moved = bytesIn({ ...row, project_id: project, directory: now })
          yield { kind: 'row', store: this.#db.path, table, comes: true, row: moved }
        }
        taken.add(name)
        yield { kind: 'row', store: this.#db.path, table, comes: false, row }
      }
    }
    yield* this.#workspaces()
    // As OpenCode 1.15 does where a project gets another id: what was allowed there is asked for again.
    for (const row of this.#tables.has('permission') ? this.#rows('permission') : []) {
      const projectID = text(row.project_id) ?? ''
      const now = this.#projects.get(projectID)?.id ?? projectID
      if (now !== projectID) yield { kind: 'row', store: this.#db.path, table: 'permission', comes: false, row }
    }
  }

  *#workspaces(): Iterable<Edit> {
    const present = new Set(this.#tables.has('workspace') ? this.#columns('workspace') : [])
    const columns = ['id', 'project_id', 'directory'].filter((name) => present.has(name))
    if (!columns.includes('id')) return
    for (const row of exactRows(this.#db, 'workspace', columns, '1')) {
      const [id, projectID, directory] = [text(row.id), text(row.project_id), text(row.directory)]
      if (id === null) continue
      const project = projectID === null ? undefined : this.#projects.get(projectID)?.id
      const at = { kind: 'value', store: this.#db.path, table: 'workspace', id } as const
      if (project !== undefined && project !== projectID) yield { ...at, column: 'project_id', before: projectID, after: project }
      const now = directory === null ? null : this.#relocation.directory(directory)
      if (now !== directory) yield { ...at, column: 'directory', before: directory, after: now }
    }
  }

  /** Projects that have another id now: their rows go, unless something still belongs to them. */
  *#leftProjects(rows: readonly Row[]): Iterable<Edit> {
    for (const row of rows) {
      const id = text(row.id)
      const now = id === null ? undefined : this.#projects.get(id)
      if (now && now.id !== id) yield { kind: 'row', store: this.#db.path, table: 'project', comes: false, row }
    }
  }
}

const bytesIn = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? Buffer.from(value) : value]))

function parsed(json: string | null): unknown {
  try {
    return JSON.parse(json ?? 'null')
  } catch {
    return null
  }
}

/** What the log of events repeats of a session and its messages: from it OpenCode could make the old state again. */
function eventRules(type: string, { project, directory, path }: NewPlace, map: (path: string) => string): JsonRule[] {
  if (type.startsWith('session.')) {
    return [
      { pointer: ['info', 'directory'], map: () => directory },
      { pointer: ['info', 'projectID'], map: () => project.id },
      ...(path === null ? [] : [{ pointer: ['info', 'path'], map: () => path }]),
    ]
  }
  const pointers =
    type === 'message.updated.1'
      ? directoriesIn.message.map((pointer) => ['info', ...pointer])
      : directoriesIn.patch.map((pointer) => ['part', ...pointer])
  return rulesFor(pointers, map)
}
