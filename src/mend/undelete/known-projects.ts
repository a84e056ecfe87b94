import type { ProjectRecord, RawRecord, Store } from '../../stores/store.ts'

/** What stores know of projects, in memory. */
export interface KnownProjects {
  readonly records: ReadonlyMap<string, ProjectRecord>
  /** The stored rows of a project. */
  readonly rows: ReadonlyMap<string, readonly RawRecord[]>
}

/**
 * Reads what stores know of projects. It is read before the database is written, because a process that holds the shared memory
 * of one open read-only cannot write it.
 * @param ids of the projects whose rows are wanted
 */
export function knownProjects(stores: readonly Store[], ids: Iterable<string>): KnownProjects {
  const records = new Map(stores.flatMap((store) => Array.from(store.projects(), (project) => [project.id, project] as const)))
  const rows = new Map<string, readonly RawRecord[]>()
  for (const id of new Set(ids)) {
    const found = stores.map((store) => [...store.projectRecords(id)]).find((those) => those.length > 0)
    if (found) rows.set(id, found)
  }
  return { records, rows }
}
