import type { SessionID } from '../../opencode/ids.ts'
import type { Incoming } from './input/incoming.ts'

/** A session in its tree. */
export interface TreeNode {
  readonly session: Incoming
  /** The parent that it is given: null for one whose parent is nowhere, or whose parents go round in a circle. */
  readonly parentID: SessionID | null
  /** What was done about its parent, for a person. */
  readonly note: string | null
}

/**
 * Sessions as trees, each parent before its children. Of a session that was found twice the newer one counts.
 * @param isThere whether a session is in the store that is written
 */
export function forestOf(sessions: readonly Incoming[], isThere: (id: SessionID) => boolean): TreeNode[][] {
  const byID = new Map<SessionID, Incoming>()
  for (const session of sessions) {
    const other = byID.get(session.id)
    if (!other || other.updated < session.updated) byID.set(session.id, session)
  }
  const parents = new Map([...byID.values()].map((session) => [session.id, parentOf(session, byID, isThere)]))
  cutCircles(parents, byID)
  const children = new Map<SessionID, Incoming[]>()
  const roots: Incoming[] = []
  for (const session of byID.values()) {
    const { parentID } = parents.get(session.id)!
    if (parentID === null || !byID.has(parentID)) roots.push(session)
    else if (!children.get(parentID)?.push(session)) children.set(parentID, [session])
  }
  return roots.map((root) => {
    const tree: Incoming[] = [root]
    for (const session of tree) tree.push(...(children.get(session.id) ?? []))
    return tree.map((session) => ({ session, ...parents.get(session.id)! }))
  })
}

type Parent = Pick<TreeNode, 'parentID' | 'note'>

function parentOf({ parentID }: Incoming, byID: ReadonlyMap<SessionID, Incoming>, isThere: (id: SessionID) => boolean): Parent {
  if (parentID === null || byID.has(parentID) || isThere(parentID)) return { parentID, note: null }
  return { parentID: null, note: `its parent ${parentID} is nowhere, so that it becomes a session of its own` }
}

/** Where parents go round in a circle, the first session becomes a root. */
function cutCircles(parents: Map<SessionID, Parent>, byID: ReadonlyMap<SessionID, Incoming>): void {
  const sound = new Set<SessionID>()
  for (const start of byID.keys()) {
    const way = new Set<SessionID>()
    for (let at: SessionID | null = start; at !== null && byID.has(at) && !sound.has(at); at = parents.get(at)!.parentID) {
      if (way.has(at)) {
        parents.set(at, { parentID: null, note: 'its parents go round in a circle, so that it becomes a session of its own' })
        break
      }
      way.add(at)
    }
    for (const id of way) sound.add(id)
  }
}
