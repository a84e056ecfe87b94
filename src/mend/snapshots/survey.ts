import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../../base/errors.ts'
import { holdersOf } from '../../base/holders.ts'
import type { Failure } from '../../base/problems.ts'
import { type Catalog, openCatalog } from '../../stores/catalog/catalog.ts'
import { folderSize } from '../doctor/folder-size.ts'
import { borrowedBy, type Leftover, leftoversIn, type SnapshotRepository, snapshotRepositories } from './repositories.ts'

/** A repository of snapshots, what it takes, and what of it nobody needs. */
export interface SurveyedRepository extends SnapshotRepository {
  readonly bytes: number
  /** Whether there are more files than were counted. */
  readonly isCut: boolean
  readonly leftovers: readonly Leftover[]
  /** What single objects take that were written more than a week ago: OpenCode lets git remove those that no index knows. */
  readonly oldBytes: number
  /** Whether its project is known to no store, and no other repository borrows from it. */
  readonly isUseless: boolean
}

/**
 * The projects that snapshots of a data directory may be of: every project that a store names, and every one that a session does.
 * Null where a store cannot be read, or there is none: then nobody knows.
 * @param catalog stores that are known to use the directory; those that stand in it are looked at in any case
 */
export function projectsKnown(data: string, catalog: Catalog): ReadonlySet<string> | null {
  const known = new Set<string>()
  const take = (stores: Catalog) => {
    for (const { store } of stores.stores) for (const { id } of store.projects()) known.add(id)
    for (const { projectID } of stores.sessions()) if (projectID !== null) known.add(projectID)
    return stores.stores.length > 0 && stores.problems().every(({ kind }) => kind !== 'unreadable')
  }
  let own: Catalog | undefined
  try {
    own = openCatalog({ roots: [data] })
    const isWhole = take(own) && take(catalog)
    return isWhole ? known : null
  } catch {
    return null
  } finally {
    own?.close()
  }
}

/** A day more than the week after which OpenCode lets git remove what no index knows. */
const oldAfterMs = 8 * 86_400_000

/** Every repository of a data directory, the largest first. @param known as {@link projectsKnown} gives it */
export function surveySnapshots(data: string, known: ReadonlySet<string> | null, now = Date.now()): SurveyedRepository[] {
  const repositories = snapshotRepositories(data)
  const borrowed = borrowedBy(repositories)
  return repositories
    .map((repository) => {
      const before = now - oldAfterMs
      const { bytes, isCut, old } = folderSize(repository.path, before)
      const oldBytes = old.bytes - folderSize(join(repository.path, 'objects', 'pack'), before).old.bytes
      const isUseless = known !== null && !known.has(repository.projectID) && !borrowed.has(join(repository.path, 'objects'))
      return { ...repository, bytes, isCut, leftovers: leftoversIn(repository, now), oldBytes, isUseless }
    })
    .sort((a, b) => b.bytes - a.bytes)
}

/** What was removed, or would be, and what could not be. */
export interface Cleaned {
  readonly repositories: number
  readonly leftovers: number
  readonly bytes: number
  readonly failures: readonly Failure[]
}

/**
 * Removes repositories of projects that are gone, and what killed processes left in the others. There is no way back. What a
 * program has open stays.
 */
export function cleanSnapshots(surveyed: readonly SurveyedRepository[], dryRun: boolean): Cleaned {
  const failures: Failure[] = []
  let [repositories, leftovers, bytes] = [0, 0, 0]
  const attempt = (path: string, remove: () => void): boolean => {
    try {
      if (!dryRun) remove()
      return true
    } catch (error) {
      failures.push({ path, reason: reasonOf(error) })
      return false
    }
  }
  for (const repository of surveyed) {
    if (repository.isUseless) {
      if (!attempt(repository.path, () => removeRepository(repository.path))) continue
      repositories++
      bytes += repository.bytes
      continue
    }
    for (const { path, bytes: size } of repository.leftovers) {
      const [holder] = holdersOf([path])
      if (holder) failures.push({ path, reason: `${holder.name} (process ${holder.pid}) has it open` })
      else if (attempt(path, () => rmSync(path))) {
        leftovers++
        bytes += size
      }
    }
  }
  return { repositories, leftovers, bytes, failures }
}

/** What it is known by goes last, so that a removal that was cut off is gone on with. */
function removeRepository(path: string): void {
  const objects = join(path, 'objects')
  for (const name of readdirSync(objects)) rmSync(join(objects, name), { recursive: true, force: true })
  rmSync(path, { recursive: true, force: true })
}
