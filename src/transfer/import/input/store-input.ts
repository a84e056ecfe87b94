import { OcvaultError } from '../../../base/errors.ts'
import type { Catalog } from '../../../stores/catalog/catalog.ts'
import type { ProjectRecord } from '../../../stores/store.ts'
import type { Incoming } from './incoming.ts'

/** The sessions of a store, or of several that one place holds. @param path of the place, for a person */
export function* sessionsIn(catalog: Catalog, path: string): Iterable<Incoming> {
  const projects = new Map<string, ProjectRecord>()
  for (const { store } of catalog.stores) for (const project of store.projects()) projects.set(project.id, project)
  for (const { id, title, parentID, time, projectID, copies } of catalog.sessions()) {
    yield {
      id,
      title,
      parentID,
      updated: time.updated,
      from: copies[0]?.path ?? path,
      project: projectID === null ? undefined : projects.get(projectID),
      load: async () => {
        const stored = catalog.stored(id)
        if (!stored) throw new OcvaultError('failed', `session ${id} is in ${path}, but cannot be read`)
        return stored
      },
    }
  }
}
