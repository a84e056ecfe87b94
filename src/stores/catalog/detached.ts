import type { SessionID } from '../../opencode/ids.ts'
import type { FoundStore } from './discover.ts'
import type { Detached } from './session.ts'
import { holdersOf } from './union.ts'

/**
 * Sessions that no list would show as anybody's subagents: their parent is nowhere, or their parents go round in a circle, which
 * is cut at its oldest session. They are shown as roots. Looks only at children whose parent is no root, which are few.
 */
export function findDetached(stores: readonly FoundStore[]): Map<SessionID, Detached> {
  const parents = parentsOf(stores)
  const wanted = new Set([...parents.values()].filter((parent) => !parents.has(parent)))
  const there = holdersOf(stores, [...wanted])
  const detached = new Map<SessionID, Detached>()
  for (const [child, parent] of parents) if (wanted.has(parent) && !there.has(parent)) detached.set(child, 'parent-gone')
  const sound = new Set<SessionID>()
  for (const start of parents.keys()) {
    const way = new Set<SessionID>()
    let at: SessionID | undefined = start
    while (at !== undefined && !way.has(at) && !sound.has(at) && !detached.has(at)) {
      way.add(at)
      at = parents.get(at)
    }
    if (at !== undefined && way.has(at)) detached.set(oldestIn(at, parents), 'circle')
    for (const id of way) sound.add(id)
  }
  return detached
}

/** The parents of nested sessions, by the copy that leads. */
function parentsOf(stores: readonly FoundStore[]): Map<SessionID, SessionID> {
  const nested = stores.map(
    (found) => [found, new Map(Array.from(found.store.nested(), ([parent, child]) => [child, parent]))] as const,
  )
  const ids = new Set(nested.flatMap(([, pairs]) => [...pairs.keys()]))
  if (stores.length === 1 || ids.size === 0) return nested[0]?.[1] ?? new Map()
  const holders = holdersOf(stores, [...ids])
  const parents = new Map<SessionID, SessionID>()
  for (const [found, pairs] of nested) {
    for (const [child, parent] of pairs) if (holders.get(child)?.[0]?.found === found) parents.set(child, parent)
  }
  return parents
}

/** Ids sort newest first. */
function oldestIn(start: SessionID, parents: ReadonlyMap<SessionID, SessionID>): SessionID {
  let oldest = start
  for (let at = parents.get(start)!; at !== start; at = parents.get(at)!) if (at > oldest) oldest = at
  return oldest
}
