import { hintOf, OcvaultError, reasonOf } from '../../base/errors.ts'
import { type JsonObject, objectOf, textOf } from '../../base/json.ts'
import type { Failure } from '../../base/problems.ts'
import { toV1, toV2 } from '../../convert/exported.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { sqliteCode } from '../../sqlite/database.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import { undoFolder } from '../undo/folder.ts'
import { UndoFile } from '../undo/notes.ts'
import { findTarget, type Into, openWriter, type Target } from '../write/target.ts'
import type { Exported, Outgoing, PlanKind, SessionPlan, StoreWriter, WriteResult } from '../write/writer.ts'
import { forestOf, type Node } from './forest.ts'
import { freshIDs, renamedV1, renamedV2 } from './fresh-ids.ts'
import { type Incoming, type Input, openInput } from './input.ts'
import { mapSession, type PathMap, pathMap } from './path-map.ts'
import { type Place, placeOf, projectKept } from './place.ts'

export interface ImportOptions {
  /** A data directory, a home or a database to write into, instead of the machine's own. */
  readonly root?: string
  /** What to write for, instead of the generation that uses the database. */
  readonly into?: Into
  /** The directory whose project the sessions go to; default is the process's own. */
  readonly project?: string
  /** Leaves project and directory as they are, and `project` without a meaning. */
  readonly keepProject?: boolean
  /** Directories that were moved: the old one and the new one. */
  readonly map?: readonly (readonly [string, string])[]
  /** Replaces what is there and differs. */
  readonly update?: boolean
  /** Imports trees of sessions that cannot be joined with what is there once more, under fresh ids. */
  readonly asCopy?: boolean
  /** Writes what can be read of a tree when a session in it cannot. */
  readonly salvage?: boolean
  /** Changes nothing. */
  readonly dryRun?: boolean
  /** Where the notes for undoing go. */
  readonly undo?: string
  readonly onProgress?: (done: number, total: number) => void
}

/** What became of a session: `written` (with `dryRun`: would be), `skipped` as there is nothing to do, `refused`, or `failed`. */
type ImportResult = 'written' | 'skipped' | 'refused' | 'failed'

export interface ImportedSession {
  /** In the database; that of the copy where it is one. */
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  /** The file, zip entry or store that it is from. */
  readonly from: string
  /** Null when it could not be read. */
  readonly plan: PlanKind | null
  readonly result: ImportResult
  readonly messages: SessionPlan['messages'] | null
  /** What differs from the session that is there, in words. */
  readonly differences: readonly string[]
  /** The id that a copy had. */
  readonly copyOf: SessionID | null
  /** What there is to say about it. */
  readonly note: string | null
}

export interface ImportReport {
  readonly database: string
  readonly generation: Generation
  /** Why it was written for this generation. */
  readonly why: string
  /** The generation that it was not written for, though the database has its tables, too. */
  readonly other?: Generation
  readonly dryRun: boolean
  /** What `undo` takes back; null when nothing was changed. */
  readonly change: string | null
  readonly sessions: readonly ImportedSession[]
  /** What could not be read, and is not imported. */
  readonly problems: readonly Failure[]
  readonly notes: readonly string[]
}

/**
 * Imports the sessions in files, zips, folders and stores into OpenCode's database: parents before children, each tree in a transaction of
 * its own, whole or not at all.
 * @throws OcvaultError when there is nothing to read or nowhere to write; `failed` when the database cannot be written any more: trees that
 * were written until then stay
 */
export async function importSessions(paths: readonly string[], options: ImportOptions = {}): Promise<ImportReport> {
  const target = findTarget(options.root, options.into)
  return importInput(await openInput(paths), target, options)
}

/** The same with what was read already; the input is closed in the end. */
export async function importInput(input: Input, target: Target, options: ImportOptions = {}): Promise<ImportReport> {
  try {
    const report = await writeSessions(input.sessions, target, options)
    return { ...report, problems: [...input.problems, ...report.problems] }
  } finally {
    input.close()
  }
}

/** What {@link importSessions} does with the sessions that it has found. */
export async function writeSessions(
  sessions: readonly Incoming[],
  target: Target,
  options: Omit<ImportOptions, 'root' | 'into'>,
): Promise<ImportReport> {
  const { path: database, generation, why, other } = target
  const writer = openWriter(target)
  const undo = new UndoFile(options.undo ?? undoFolder(), { database, generation, time: Date.now() })
  const run = new Import(writer, undo, options)
  let done: ImportedSession[]
  try {
    done = await run.all(sessions)
  } finally {
    undo.close()
    writer.close()
  }
  return {
    database,
    generation,
    why,
    ...(other && { other }),
    dryRun: options.dryRun === true,
    change: undo.change ?? null,
    sessions: done,
    problems: run.problems,
    notes: writer.notes,
  }
}

const unmapped: PathMap = (path) => path

/** A session that was read and converted. */
interface Prepared {
  readonly node: Node
  readonly outgoing: Outgoing<Exported>
}

class Import {
  readonly problems: Failure[] = []
  readonly #writer: StoreWriter
  readonly #undo: UndoFile
  readonly #options: ImportOptions
  readonly #map: PathMap
  readonly #place: Place | undefined

  constructor(writer: StoreWriter & { readonly asksRemote: boolean }, undo: UndoFile, options: ImportOptions) {
    this.#writer = writer
    this.#undo = undo
    this.#options = options
    this.#map = options.map && options.map.length > 0 ? pathMap(options.map) : unmapped
    this.#place = options.keepProject
      ? undefined
      : placeOf(options.project ?? process.cwd(), writer.generation, writer.asksRemote)
  }

  async all(sessions: readonly Incoming[]): Promise<ImportedSession[]> {
    const done: ImportedSession[] = []
    for (const tree of forestOf(sessions, (id) => this.#writer.has(id))) {
      try {
        done.push(...(await this.#tree(tree)))
      } catch (error) {
        if (isOfDatabase(error)) throw stopped(error, done)
        done.push(...this.#failed(tree, error))
      }
      this.#options.onProgress?.(done.length, sessions.length)
    }
    return done
  }

  async #tree(tree: readonly Node[]): Promise<ImportedSession[]> {
    const prepared: Prepared[] = []
    const failed: ImportedSession[] = []
    for (const node of tree) {
      try {
        prepared.push(await this.#prepare(this.#withoutLost(node, failed)))
      } catch (error) {
        if (!this.#options.salvage) return this.#failed(tree, error)
        failed.push(...this.#failed([node], error))
      }
    }
    return prepared.length > 0 ? [...this.#prepared(prepared), ...failed] : failed
  }

  /** A session whose parent could not be read, and is not there either, becomes one of its own. */
  #withoutLost(node: Node, failed: readonly ImportedSession[]): Node {
    const { parentID } = node
    if (parentID === null || !failed.some(({ id }) => id === parentID) || this.#writer.has(parentID)) return node
    return { ...node, parentID: null, note: `its parent ${parentID} cannot be read, so that it becomes a session of its own` }
  }

  #prepared(prepared: readonly Prepared[]): ImportedSession[] {
    const outgoing = prepared.map((each) => each.outgoing)
    const result = this.#writeOrConvert(outgoing)
    const refused = this.#refused(result)
    if (!refused || !this.#options.asCopy) return this.#report(prepared, result, refused, false)
    const copies = this.#copies(outgoing)
    return this.#report(
      prepared.map(({ node }, index) => ({ node, outgoing: copies[index]! })),
      this.#write(copies),
      false,
      true,
    )
  }

  /** Rows as they were stored, if the database takes them: they may be none that a sound one holds, as a part without its message. */
  #writeOrConvert(tree: readonly Outgoing<Exported>[]): WriteResult {
    try {
      return this.#write(tree)
    } catch (error) {
      if (codeOf(error) !== notTaken || !tree.some(({ raw }) => raw)) throw error
      return this.#write(tree.map(({ raw: _, ...converted }) => converted))
    }
  }

  #write(tree: readonly Outgoing<Exported>[]): WriteResult {
    if (this.#options.dryRun) return { written: false, plans: this.#writer.plan(tree) }
    return this.#writer.write(tree, { update: this.#options.update === true, undo: this.#undo })
  }

  #refused({ plans }: WriteResult): boolean {
    return plans.some(({ kind }) => kind === 'diverged' || (kind === 'replaces' && !this.#options.update))
  }

  #failed(tree: readonly Node[], error: unknown): ImportedSession[] {
    const reason = error instanceof RangeError ? 'is nested too deep' : reasonOf(error)
    this.problems.push({ path: tree[0]!.session.from, reason, ...hintOf(error) })
    return tree.map(({ session: { id, title, parentID, from } }) => ({
      id,
      title,
      parentID,
      from,
      plan: null,
      result: 'failed',
      messages: null,
      differences: [],
      copyOf: null,
      note: reason,
    }))
  }

  async #prepare({ session, parentID, note }: Node): Promise<Prepared> {
    const loaded = await session.load()
    const stored = mapSession(loaded, this.#map)
    const converted: Exported = this.#writer.generation === 'v1' ? toV1(stored) : toV2(stored)
    const info = withParent(converted.info, parentID)
    const placed = this.#writer.generation === 'v1' ? this.#placeV1(info, session) : this.#placeV2(info, session)
    const exported = { ...converted, info: placed.info } as Exported
    const raw = loaded.raw && this.#map === unmapped ? { raw: loaded.raw, isMoved: this.#place !== undefined } : {}
    const todos = loaded.todos && { todos: loaded.todos }
    return { node: { session, parentID, note }, outgoing: { exported, project: placed.project, ...raw, ...todos } }
  }

  #placeV1(info: JsonObject, { project: record }: Incoming) {
    if (this.#place) {
      const { project, directory, path } = this.#place
      return { project, info: { ...info, projectID: project.id, directory, path } }
    }
    const directory = textOf(info.directory) ?? ''
    const project = projectKept({ id: textOf(info.projectID) ?? 'global', directory, path: textOf(info.path) }, record, this.#map)
    return { project, info: { ...info, projectID: project.id, directory } }
  }

  #placeV2(info: JsonObject, { project: record }: Incoming) {
    const location = objectOf(info.location)
    if (this.#place) {
      const { project, directory, path } = this.#place
      return { project, info: { ...info, projectID: project.id, location: { ...location, directory }, subpath: path } }
    }
    const directory = textOf(location.directory) ?? ''
    const project = projectKept(
      { id: textOf(info.projectID) ?? 'global', directory, path: textOf(info.subpath) },
      record,
      this.#map,
    )
    return { project, info: { ...info, projectID: project.id, location: { ...location, directory } } }
  }

  /** The tree under fresh ids. Its root says in the title that it is a copy. */
  #copies(tree: readonly Outgoing<Exported>[]): Outgoing<Exported>[] {
    const ids = freshIDs(tree.map(({ exported }) => exported))
    return tree.map(({ exported, raw: _, ...rest }, index) => {
      const title = textOf(exported.info.title)
      const info = index === 0 && title ? { ...exported.info, title: `${title} (copy)` } : exported.info
      const whole = { ...exported, info } as Exported
      const copy = this.#writer.generation === 'v1' ? renamedV1(whole as never, ids) : renamedV2(whole as never, ids)
      return { ...rest, exported: copy }
    })
  }

  #report(prepared: readonly Prepared[], { plans }: WriteResult, refused: boolean, isCopy: boolean): ImportedSession[] {
    return prepared.map(({ node: { session, note }, outgoing }, index) => {
      const plan = plans[index]!
      const { info } = outgoing.exported
      const nothing = plan.kind === 'identical' || plan.kind === 'behind'
      return {
        id: plan.id,
        title: textOf(info.title),
        parentID: textOf(info.parentID),
        from: session.from,
        plan: plan.kind,
        result: refused ? 'refused' : nothing ? 'skipped' : 'written',
        messages: plan.messages,
        differences: plan.differences,
        copyOf: isCopy ? session.id : null,
        note,
      }
    })
  }
}

function withParent(info: JsonObject, parentID: SessionID | null): JsonObject {
  if (parentID !== null) return info
  const { parentID: _, ...rest } = info
  return rest
}

/** SQLite's code for a row that a schema does not take. */
const notTaken = 19

const codeOf = (error: unknown) => sqliteCode(error) ?? (error instanceof Error ? sqliteCode(error.cause) : undefined)

/** Whether an error is of the database that is written, so that it makes no sense to go on; a row that it does not take is the session's fault. */
function isOfDatabase(error: unknown): boolean {
  const code = codeOf(error)
  return (code !== undefined && code !== notTaken) || (error instanceof OcvaultError && isOfSystem(error.cause))
}

/** The disk that the notes for undoing are on. */
const isOfSystem = (cause: unknown) => cause instanceof Error && 'syscall' in cause

function stopped(error: unknown, done: readonly ImportedSession[]): unknown {
  const written = done.filter(({ result }) => result === 'written').length
  if (written === 0) return error
  const message = `${reasonOf(error)}; ${written} sessions were imported before`
  return new OcvaultError('failed', message, { cause: error, hint: 'undo-or-repeat' })
}
