import { hintOf, reasonOf } from '../../base/errors.ts'
import { type JsonObject, objectOf, textOf } from '../../base/json.ts'
import type { Failure } from '../../base/problems.ts'
import { toV1, toV2 } from '../../convert/exported.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import type { ProjectRecord } from '../../stores/store.ts'
import type { Exported, Outgoing } from '../write/writer.ts'
import type { TreeNode } from './forest.ts'
import { ownProject, type SessionLocation } from './location.ts'
import { mapSession, type PathMap } from './path-map.ts'
import type { Relocation } from './relocation.ts'

/** A session as it shall be written. */
export interface PlannedSession {
  readonly node: TreeNode
  readonly outgoing: Outgoing<Exported>
}

/** A session that cannot be read or converted, and why. */
export interface LostSession extends Omit<Failure, 'path'> {
  readonly node: TreeNode
}

/** What shall be written of a tree of sessions: parents before children, together or not at all. */
export interface TreePlan {
  readonly sessions: readonly PlannedSession[]
  readonly lost: readonly LostSession[]
}

/** Where sessions go, and as what. */
export interface Arrival {
  readonly generation: Generation
  /** Where all of them go; undefined leaves each where it was. */
  readonly location: SessionLocation | undefined
  /** Undefined where no directory was moved. */
  readonly map: PathMap | undefined
  /** Where sessions go that are there already. */
  readonly relocate: Relocation
  /** Whether the rest of a tree is written when a session in it is lost. */
  readonly salvage: boolean
  /** Whether a session is in the store that is written. */
  has(id: SessionID): boolean
}

/** Reads and converts the sessions of a tree. Nothing is written. */
export async function planTree(tree: readonly TreeNode[], arrival: Arrival): Promise<TreePlan> {
  const sessions: PlannedSession[] = []
  const lost: LostSession[] = []
  for (const node of tree) {
    try {
      sessions.push(await planSession(withoutLost(node, lost, arrival), arrival))
    } catch (error) {
      const why = lossOf(error)
      if (!arrival.salvage) return { sessions: [], lost: tree.map((each) => ({ node: each, ...why })) }
      lost.push({ node, ...why })
    }
  }
  return { sessions, lost }
}

/** Why a session cannot come along. */
export const lossOf = (error: unknown): Omit<Failure, 'path'> => ({
  reason: error instanceof RangeError ? 'is nested too deep' : reasonOf(error),
  ...hintOf(error),
})

/** A session whose parent could not be read, and is not there either, becomes one of its own. */
function withoutLost(node: TreeNode, lost: readonly LostSession[], { has }: Arrival): TreeNode {
  const { parentID } = node
  if (parentID === null || !lost.some((each) => each.node.session.id === parentID) || has(parentID)) return node
  return { ...node, parentID: null, note: `its parent ${parentID} cannot be read, so that it becomes a session of its own` }
}

async function planSession(node: TreeNode, arrival: Arrival): Promise<PlannedSession> {
  const { generation, location, map } = arrival
  const loaded = await node.session.load()
  const stored = map ? mapSession(loaded, map) : loaded
  const converted: Exported = generation === 'v1' ? toV1(stored) : toV2(stored)
  const info = withParent(converted.info, node.parentID)
  const { project, info: placed } = (generation === 'v1' ? placedV1 : placedV2)(info, node.session.project, arrival)
  const exported = { ...converted, info: placed } as Exported
  const raw = loaded.raw && !map ? { raw: loaded.raw, isMoved: location !== undefined } : {}
  const { relocate } = arrival
  return { node, outgoing: { exported, project, relocate, ...raw, ...(loaded.todos && { todos: loaded.todos }) } }
}

function withParent(info: JsonObject, parentID: SessionID | null): JsonObject {
  if (parentID !== null) return info
  const { parentID: lost, ...rest } = info
  return rest
}

const unmapped: PathMap = (path) => path

type Placed = Pick<Outgoing<Exported>, 'project'> & { readonly info: JsonObject }

/** A session of 1.x, with the project and directory that it goes to. */
function placedV1(info: JsonObject, record: ProjectRecord | undefined, { location, map }: Arrival): Placed {
  if (location) {
    const { project, directory, path } = location
    return { project, info: { ...info, projectID: project.id, directory, path } }
  }
  const directory = textOf(info.directory) ?? ''
  const own = { id: textOf(info.projectID) ?? 'global', directory, path: textOf(info.path) }
  const project = ownProject(own, record, map ?? unmapped)
  return { project, info: { ...info, projectID: project.id, directory } }
}

/** The same of 2.x. */
function placedV2(info: JsonObject, record: ProjectRecord | undefined, { location, map }: Arrival): Placed {
  const before = objectOf(info.location)
  if (location) {
    const { project, directory, path } = location
    return { project, info: { ...info, projectID: project.id, location: { ...before, directory }, subpath: path } }
  }
  const directory = textOf(before.directory) ?? ''
  const own = { id: textOf(info.projectID) ?? 'global', directory, path: textOf(info.subpath) }
  const project = ownProject(own, record, map ?? unmapped)
  return { project, info: { ...info, projectID: project.id, location: { ...before, directory } } }
}
