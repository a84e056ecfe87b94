import type { SessionID } from '../opencode/ids.ts'
import type { Catalog, CatalogFilter } from '../stores/catalog/catalog.ts'
import type { FoundStore } from '../stores/catalog/discover.ts'
import { matches } from '../stores/filter.ts'
import type { SessionHeader } from '../stores/store.ts'
import type { Counted } from './keys.ts'

/** A session that is counted: what is kept of each of a hundred thousand. */
export interface CountedSession extends Counted {
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  readonly time: { readonly created: number; readonly updated: number }
  readonly revert: SessionHeader['revert']
  /** Where it stands, the leading copy first. */
  readonly stores: readonly FoundStore[]
  /** Whether it is meant; the others are known for what they have in common with it. */
  readonly chosen: boolean
}

/** While it is not known yet what is above it. */
type Open = Omit<CountedSession, 'rootID' | 'chosen'> & { rootID: SessionID; chosen: boolean }

/**
 * Every session; chosen are those whose tree's root passes: what a list shows, with all that it started.
 */
export function countedSessions(catalog: Catalog, filter: CatalogFilter): CountedSession[] {
  const stores = new Map(catalog.stores.map((found) => [`${found.store.kind} ${found.store.path}`, found]))
  const passing = new Map<SessionID, boolean>()
  const parents = new Map<SessionID, SessionID>()
  const all: Open[] = []
  const one = new Once()
  for (const session of catalog.sessions()) {
    const { id, title, projectID, directory, version, time, revert } = session
    const parentID = session.detached === undefined ? session.parentID : null
    if (parentID === null) passing.set(id, matches(session, filter as Parameters<typeof matches>[1]))
    else parents.set(id, parentID)
    const copies = one.list(session.copies.map((copy) => stores.get(`${copy.store} ${copy.path}`)!))
    const { created, updated } = time
    const place = { projectID: one.text(projectID), directory: one.text(directory), version: one.text(version) }
    all.push({
      id,
      title,
      parentID,
      ...place,
      time: { created, updated },
      revert,
      stores: copies,
      rootID: id,
      isSubagent: parentID !== null,
      chosen: true,
    })
  }
  for (const session of all) {
    session.rootID = rootOf(session.id, parents)
    session.chosen = passing.get(session.rootID) ?? true
  }
  return all
}

/** The same texts and lists as the same objects: many sessions have few of them. */
class Once {
  readonly #texts = new Map<string, string>()
  readonly #lists: (readonly FoundStore[])[] = []

  text(text: string | null): string | null {
    if (text === null) return null
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    return known ?? text
  }

  list(list: readonly FoundStore[]): readonly FoundStore[] {
    const known = this.#lists.find((each) => each.length === list.length && each.every((found, at) => found === list[at]))
    if (!known) this.#lists.push(list)
    return known ?? list
  }
}

/** The catalog has made a root of every session whose parents are nowhere, or go round in a circle. */
function rootOf(id: SessionID, parents: ReadonlyMap<SessionID, SessionID>): SessionID {
  const way = new Set([id])
  let root = id
  for (let parent = parents.get(root); parent !== undefined && !way.has(parent); parent = parents.get(root)) {
    way.add(parent)
    root = parent
  }
  return root
}
