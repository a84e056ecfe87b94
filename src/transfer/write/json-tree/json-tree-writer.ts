import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from '../../../base/json.ts'
import { ProblemLog } from '../../../base/problems.ts'
import type { ExportedV1 } from '../../../convert/exported.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import { folderNames, jsonNames } from '../../../stores/json/json-files.ts'
import {
  isToBeWritten,
  type Outgoing,
  type SessionPlan,
  type StoreWriter,
  type UndoNotes,
  verdictOf,
  type WriteOptions,
  type WriteResult,
} from '../writer.ts'
import { filesOf, projectFiles, projectPath } from './session-files.ts'
import { TreeChange } from './tree-change.ts'
import { fileTable, messageOf, readIfThere, sha256, type TreeFile } from './tree-files.ts'
import { headFile, namesIn, type PlannedFiles, planFiles } from './tree-plan.ts'

/**
 * Writes sessions into `storage/` as 0.6 to 1.1.65 read it. Those releases have no transactions: each file is put in place at
 * once, and the file that makes a session known comes last, so that at any moment there are whole sessions only.
 */
export class JsonTreeWriter implements StoreWriter<ExportedV1> {
  readonly generation = 'v1'
  readonly path: string
  readonly notes: readonly string[] = []
  /** No release that reads a tree tells projects by their remote. */
  readonly asksRemote = false
  readonly #sessions = new Map<SessionID, string>()

  /** @param root the `storage` folder; made with the first session */
  constructor(root: string) {
    this.path = root
    const log = new ProblemLog()
    for (const project of folderNames(join(root, 'session'), log)) {
      for (const id of jsonNames(join(root, 'session', project), log)) this.#sessions.set(id, `session/${project}/${id}.json`)
    }
  }

  has(id: SessionID): boolean {
    return this.#sessions.has(id)
  }

  plan(tree: readonly Outgoing<ExportedV1>[]): SessionPlan[] {
    return this.#planned(tree).map(({ plan }) => plan)
  }

  #planned(tree: readonly Outgoing<ExportedV1>[]): PlannedFiles[] {
    return tree.map((outgoing) => planFiles(this.path, outgoing, (id) => this.#sessions.get(id)))
  }

  write(tree: readonly Outgoing<ExportedV1>[], { update, undo }: WriteOptions): WriteResult {
    const planned = this.#planned(tree)
    const plans = planned.map(({ plan }) => plan)
    const written = verdictOf(plans, update) === 'write'
    if (written)
      this.#apply(
        planned.filter(({ plan }) => isToBeWritten(plan)),
        undo,
      )
    return { written, plans }
  }

  #apply(sessions: readonly PlannedFiles[], undo: UndoNotes): void {
    const change = new TreeChange(this.path)
    let noted = false
    try {
      undo.begin([fileTable])
      noted = true
      const seen = new Set<string>()
      for (const session of sessions) this.#note(session, seen, undo)
      undo.commit()
      for (const session of sessions) {
        for (const file of transcript(session)) change.put(file)
        for (const path of this.#removed(session)) change.remove(path)
      }
      for (const { outgoing } of sessions) for (const file of this.#missingProject(outgoing)) change.put(file)
      change.sync()
      // The root last: with it the tree is there.
      for (const session of sessions.toReversed()) for (const file of this.#head(session)) change.put(file)
      change.sync()
      for (const session of sessions) for (const path of this.#headLeft(session)) change.remove(path)
      undo.applied()
    } catch (error) {
      change.takeBack()
      if (noted) undo.discard()
      throw error
    }
    for (const session of sessions) for (const { path } of this.#head(session)) this.#sessions.set(session.id, path)
  }

  /** @param seen files that are noted already: sessions of one tree share a project */
  #note(session: PlannedFiles, seen: Set<string>, undo: UndoNotes): void {
    const { id, outgoing, plan } = session
    undo.session(id, textOf(outgoing.exported.info.title) ?? '')
    const whole = createHash('sha256')
    for (const files of [transcript(session), this.#missingProject(outgoing), this.#head(session)]) {
      for (const { path, bytes } of files) {
        if (seen.has(path)) continue
        seen.add(path)
        const before = readIfThere(join(this.path, path))
        // One that is there as it is to be is noted, too: else undo would take it for one that came since.
        if (before) undo.before(fileTable.table, path, { bytes: before })
        undo.after(fileTable.table, path, sha256(bytes))
        whole.update(`${path}\0`).update(sha256(bytes))
      }
    }
    for (const path of [...this.#removed(session), ...this.#headLeft(session)]) {
      undo.before(fileTable.table, path, { bytes: readIfThere(join(this.path, path)) ?? null })
      undo.after(fileTable.table, path, null)
    }
    if (plan.kind === 'new') undo.made(id, whole.digest())
  }

  /** Parts that only the tree has, of messages that are written. */
  #removed({ outgoing, id, plan, touched }: PlannedFiles): string[] {
    if (plan.kind === 'new') return []
    const wanted = new Set<string>()
    for (const { path } of filesOf(outgoing, id)) wanted.add(path)
    return [...touched].flatMap((message) => namesIn(this.path, 'part', message)).filter((path) => !wanted.has(path))
  }

  #head(planned: PlannedFiles): TreeFile[] {
    const file = headFile(this.path, planned)
    return file ? [file] : []
  }

  /** The session's own file where it was, of one that goes to another project. */
  #headLeft({ there, move, id }: PlannedFiles): string[] {
    return there !== undefined && move && there !== `session/${move.projectID}/${id}.json` ? [there] : []
  }

  #missingProject(outgoing: Outgoing<ExportedV1>): Iterable<TreeFile> {
    return existsSync(join(this.path, projectPath(outgoing.project))) ? [] : projectFiles(outgoing)
  }

  close(): void {}
}

/** Messages and parts that are to be written, and what else belongs to a session that is new. */
function* transcript({ outgoing, id, plan, touched }: PlannedFiles): Iterable<TreeFile> {
  for (const file of filesOf(outgoing, id)) {
    const message = messageOf(file.path)
    if (message === undefined ? plan.kind === 'new' : touched.has(message)) yield file
  }
}
