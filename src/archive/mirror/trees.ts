import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'

/** Of a session that waits to be read this much is kept: there may be a hundred thousand. */
export type Selected = Pick<Session, 'id' | 'parentID' | 'subagents'>

/** Sessions with their subagents, those of a tree together, and each once. */
export function treesOf(catalog: Catalog, sessions: Iterable<Selected>): SessionID[][] {
  const selected = new Map<SessionID, Selected>()
  for (const { id, parentID, subagents } of sessions) selected.set(id, { id, parentID, subagents })
  const isBelow = ({ parentID }: Selected) => parentID !== null && selected.has(parentID)
  const roots = [...selected.values()].filter((session) => !isBelow(session))
  const placed = new Set<SessionID>()
  // Those whose parents go round in a circle come last, each by itself.
  return [...roots, ...selected.values()].flatMap(({ id, subagents }) => {
    if (placed.has(id)) return []
    const root = subagents > 0 ? catalog.session(id) : undefined
    const tree = root ? [...catalog.tree(root)].map(([session]) => session.id) : [id]
    const fresh = [...new Set(tree)].filter((member) => !placed.has(member))
    for (const member of fresh) placed.add(member)
    return [fresh]
  })
}
