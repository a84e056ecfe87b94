import { OcvaultError } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { ProjectRecord } from '../../stores/store.ts'
import { writeSessions } from '../../transfer/import/import.ts'
import type { Incoming } from '../../transfer/import/input/incoming.ts'
import type { ImportReport } from '../../transfer/import/report.ts'
import type { Target } from '../../transfer/write/target.ts'
import type { Deleted, DeletedSession } from './find-deleted.ts'
import type { KnownProjects } from './known-projects.ts'

export interface BringBackOptions {
  readonly dryRun: boolean
  /** Where the notes for undoing go. */
  readonly undo?: string
  readonly onProgress?: (done: number, total: number) => void
}

/** A session with every one below it that was deleted, too. */
export function withSubagents({ sessions }: Deleted, ids: readonly SessionID[]): DeletedSession[] {
  const children = Map.groupBy(sessions, ({ session }) => session.parentID)
  const wanted = new Set(ids)
  for (const id of wanted) for (const { session } of children.get(id) ?? []) wanted.add(session.id)
  return sessions.filter(({ session }) => wanted.has(session.id))
}

/**
 * Writes deleted sessions into the database again, as an import does: planned, each tree in one transaction, read back, noted for
 * undoing. Rows that come from the same layout are written as they were.
 * @param projects those of the database, which this process must not hold open any more
 * @throws OcvaultError as `writeSessions` does
 */
export function bringBack(
  deleted: readonly DeletedSession[],
  target: Target,
  projects: KnownProjects,
  options: BringBackOptions,
): Promise<ImportReport> {
  const known = new Map<string, ProjectRecord>()
  for (const store of new Set(deleted.map((each) => each.store)))
    for (const project of store.projects()) known.set(project.id, project)
  for (const [id, project] of projects.records) known.set(id, project)
  const incoming = deleted.map((each) => incomingOf(each, projects, known))
  return writeSessions(incoming, target, { ...options, keepProject: true, salvage: true })
}

function incomingOf(
  { session, store, path }: DeletedSession,
  projects: KnownProjects,
  known: ReadonlyMap<string, ProjectRecord>,
): Incoming {
  const { id, title, parentID, projectID, time } = session
  return {
    id,
    title,
    parentID,
    updated: time.updated,
    from: path,
    project: projectID === null ? undefined : known.get(projectID),
    load: async () => {
      const stored = store.info(id)
      if (!stored) throw new OcvaultError('failed', `session ${id} is in ${path}, but cannot be read`)
      const messages = { [Symbol.iterator]: () => store.messages(id)[Symbol.iterator]() }
      const isRow = store.kind === 'sqlite-v1' || store.kind === 'sqlite-v2'
      if (!isRow || store.remains().has(id)) return { ...stored, messages }
      const project = projects.rows.get(projectID ?? '')?.slice(0, 1) ?? []
      const records = { [Symbol.iterator]: () => store.records(id)[Symbol.iterator]() }
      return { ...stored, messages, raw: { kind: store.kind, records, project } }
    },
  }
}
