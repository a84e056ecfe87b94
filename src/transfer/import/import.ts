import { OcvaultError, reasonOf } from '../../base/errors.ts'
import type { Failure } from '../../base/problems.ts'
import { reserveToWrite } from '../../sqlite/writable.ts'
import { undoFolder } from '../undo/folder.ts'
import { UndoFile } from '../undo/notes.ts'
import { rollBackUnfinished } from '../undo/unfinished.ts'
import { findTarget, type Into, openWriter, type Target } from '../write/target.ts'
import type { SessionPlan } from '../write/writer.ts'
import { carryOut, isOfTarget, type TreeOutcome } from './carry-out.ts'
import { forestOf, type TreeNode } from './forest.ts'
import type { Incoming, Input } from './input/incoming.ts'
import { openInput } from './input/input.ts'
import { locationOf, type SessionLocation } from './location.ts'
import { pathMap } from './path-map.ts'
import { type Arrival, type LostSession, lossOf, planTree, type TreePlan } from './plan.ts'
import { type Relocate, relocationOf, stayingNote } from './relocation.ts'
import { type ImportedSession, type ImportReport, lostRow, outcomeRows } from './report.ts'

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
  /** With `update`: whether sessions that are there go to `project`, too; default is `into-projects`. */
  readonly relocate?: Relocate
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

/**
 * Imports the sessions in files, zips, folders and stores into OpenCode's database: parents before children, each tree in a
 * transaction of its own, whole or not at all.
 * @throws OcvaultError when there is nothing to read or nowhere to write; `failed` when the database cannot be written any more:
 *   trees that were written until then stay
 */
export async function importSessions(paths: readonly string[], options: ImportOptions = {}): Promise<ImportReport> {
  const target = findTarget(options.root, options.into)
  // Its own sessions may be among those that come, as 1.x rows that 2.x has not copied.
  const release = target.layout === 'sqlite' ? reserveToWrite(target.path) : () => undefined
  try {
    return await importInput(await openInput(paths), target, options)
  } finally {
    release()
  }
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
  incoming: readonly Incoming[],
  target: Target,
  options: Omit<ImportOptions, 'root' | 'into'>,
): Promise<ImportReport> {
  const { path: database, generation, why, other } = target
  const dryRun = options.dryRun === true
  const notes = options.undo ?? undoFolder()
  if (target.layout === 'json-tree' && !dryRun) rollBackUnfinished(notes, database)
  const writer = openWriter(target)
  const undo = new UndoFile(notes, { database, generation, time: Date.now() })
  const how = { update: options.update === true, asCopy: options.asCopy === true, dryRun, undo }
  const run = new ImportRun((plan) => carryOut(plan, writer, how))
  let location: SessionLocation | undefined
  try {
    location = options.keepProject ? undefined : locationOf(options.project ?? process.cwd(), generation, writer.asksRemote)
    const map = options.map && options.map.length > 0 ? pathMap(options.map) : undefined
    const arrival: Arrival = {
      generation,
      location,
      map,
      relocate: relocationOf({ location, map, update: how.update, relocate: options.relocate ?? 'into-projects' }),
      salvage: options.salvage === true,
      has: (id) => writer.has(id),
    }
    for (const tree of forestOf(incoming, (id) => writer.has(id))) {
      run.tree(tree, await planTree(tree, arrival), arrival.salvage)
      options.onProgress?.(run.sessions.length, incoming.length)
    }
  } finally {
    undo.close()
    writer.close()
  }
  const { sessions, problems } = run
  return {
    database,
    generation,
    why,
    ...(other && { other }),
    dryRun,
    change: undo.change ?? null,
    sessions,
    problems,
    notes: [...writer.notes, ...(location ? stayingNote(run.plans, location) : [])],
  }
}

/** What became of the trees so far. */
class ImportRun {
  readonly sessions: ImportedSession[] = []
  readonly problems: Failure[] = []
  /** Of the sessions that were written, or could have been. */
  readonly plans: SessionPlan[] = []
  readonly #carryOut: (plan: TreePlan) => TreeOutcome

  constructor(carryOut: (plan: TreePlan) => TreeOutcome) {
    this.#carryOut = carryOut
  }

  /**
   * Writes a tree, or notes why it is not.
   * @param salvage whether its sessions are lost one by one
   * @throws what is wrong with the store rather than with a session
   */
  tree(tree: readonly TreeNode[], plan: TreePlan, salvage: boolean): void {
    if (plan.sessions.length > 0) {
      try {
        const outcome = this.#carryOut(plan)
        this.plans.push(...outcome.plans)
        this.sessions.push(...outcomeRows(outcome))
      } catch (error) {
        if (isOfTarget(error)) throw stopped(error, this.sessions)
        this.#lose(tree.map((node) => ({ node, ...lossOf(error) })))
        return
      }
    }
    if (salvage) for (const each of plan.lost) this.#lose([each])
    else this.#lose(plan.lost)
  }

  /** Sessions that are lost together have one reason. */
  #lose(lost: readonly LostSession[]): void {
    const [first] = lost
    if (first) {
      const { node, ...failure } = first
      this.problems.push({ path: node.session.from, ...failure })
    }
    for (const each of lost) this.sessions.push(lostRow(each))
  }
}

function stopped(error: unknown, done: readonly ImportedSession[]): unknown {
  const written = done.filter(({ result }) => result === 'written').length
  if (written === 0) return error
  const message = `${reasonOf(error)}; ${written} sessions were imported before`
  return new OcvaultError('failed', message, { cause: error, hint: 'undo-or-repeat' })
}
