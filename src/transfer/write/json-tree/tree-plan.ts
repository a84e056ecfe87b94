import { join } from 'node:path'
import { canonicalJSON, sameJSON } from '../../../base/canonical-json.ts'
import { type JsonObject, numberOf, objectOf, parseObject, textOf } from '../../../base/json.ts'
import { ProblemLog } from '../../../base/problems.ts'
import type { ExportedV1 } from '../../../convert/exported.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import { jsonNames } from '../../../stores/json/json-files.ts'
import { fewOf, placeDifference, planKind } from '../plan-kind.ts'
import type { Outgoing, SessionPlan, StoredLocation } from '../writer.ts'
import { filesOf, headOf } from './session-files.ts'
import { messageOf, printed, readIfThere, safeName, type TreeFile } from './tree-files.ts'

/** A session, and what writing its files would do. */
export interface PlannedFiles {
  readonly outgoing: Outgoing<ExportedV1>
  readonly id: SessionID
  readonly plan: SessionPlan
  /** The session's file that is there. */
  readonly there: string | undefined
  /** Messages that are written. */
  readonly touched: ReadonlySet<string>
  /** Whether the session's own file is written. */
  readonly head: boolean
  /** Where it goes, of a session that is there and does not stay. */
  readonly move: StoredLocation | undefined
}

/** What says where a session is; one that is there stays where it is. */
const locationKeys: readonly string[] = ['projectID', 'directory', 'path', 'workspaceID']

/**
 * What writing a session would do.
 * @param root the `storage` folder
 * @param there the session's file that is there, below it
 */
export function planFiles(
  root: string,
  outgoing: Outgoing<ExportedV1>,
  there: (id: SessionID) => string | undefined,
): PlannedFiles {
  const id = safeName(textOf(outgoing.exported.info.id) ?? '')
  const head = there(id)
  const present = new Set(head === undefined ? [] : namesIn(root, 'message', id))
  const { added, changed, total, paths } = compareTranscript(root, outgoing, id, present)
  const missing = [...present].filter((path) => !paths.has(path)).length
  const messages = { total, added: added.size, changed: changed.size, missing }
  const { keys, newerByMs } = head === undefined ? { keys: [], newerByMs: 0 } : compareHeads(root, outgoing, id, head)
  const place = head === undefined ? null : locationIn(objectIn(root, head))
  const move = place ? outgoing.relocate?.(place) : undefined
  const decided = planKind({
    isThere: head !== undefined,
    isForeign: false,
    messages,
    headDiffers: keys.length > 0,
    moves: move !== undefined,
    newerByMs,
  })
  const words = [
    ...(place && move ? [placeDifference(place, move)] : []),
    ...keys.map((key) => `its ${key}`),
    ...[...changed].map((message) => `message ${message}`),
  ]
  return {
    outgoing,
    id,
    there: head,
    touched: new Set([...added, ...changed]),
    head: decided.head,
    move,
    plan: {
      id,
      kind: decided.kind,
      messages,
      differences: fewOf(words, newerByMs < 0 && changed.size > 0),
      there: place,
      moves: move !== undefined,
    },
  }
}

interface Transcript {
  /** Ids of messages. */
  readonly added: Set<string>
  readonly changed: Set<string>
  readonly total: number
  /** All files of messages and parts. */
  readonly paths: ReadonlySet<string>
}

/** @param present the files of its messages that are there */
function compareTranscript(
  root: string,
  outgoing: Outgoing<ExportedV1>,
  id: SessionID,
  present: ReadonlySet<string>,
): Transcript {
  const [wanted, added, changed, paths] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { path, bytes } of filesOf(outgoing, id)) {
    const message = messageOf(path)
    if (message === undefined) continue
    paths.add(path)
    wanted.add(message)
    if (!present.has(`message/${id}/${message}.json`)) added.add(message)
    else if (!holds(root, path, bytes)) changed.add(message)
  }
  for (const message of wanted) {
    if (!added.has(message) && namesIn(root, 'part', message).some((path) => !paths.has(path))) changed.add(message)
  }
  return { added, changed, total: wanted.size, paths }
}

function compareHeads(root: string, outgoing: Outgoing<ExportedV1>, id: SessionID, there: string) {
  const have = objectIn(root, there)
  const want = parseObject(Buffer.from(headOf(outgoing, id).bytes).toString()) ?? {}
  const updated = (info: JsonObject) => numberOf(objectOf(info.time).updated) ?? 0
  const plain = (value: unknown, key: string) =>
    canonicalJSON(key === 'time' ? { ...objectOf(value), updated: 0 } : (value ?? null))
  const all = new Set([...Object.keys(have), ...Object.keys(want)])
  const keys = [...all].filter((key) => !locationKeys.includes(key) && plain(have[key], key) !== plain(want[key], key))
  return { keys, newerByMs: updated(want) - updated(have) }
}

/** Whether a file is there and says the same. */
function holds(root: string, path: string, bytes: Uint8Array): boolean {
  const have = readIfThere(join(root, path))
  return have !== undefined && (have.equals(bytes) || sameJSON(have.toString(), Buffer.from(bytes).toString()))
}

/** The session's own file as it is to be: one that is there stays where it is, unless it moves. None where it is not written. */
export function headFile(root: string, { outgoing, id, there, head, move }: PlannedFiles): TreeFile | undefined {
  if (!head && !move) return undefined
  const file = headOf(outgoing, id)
  if (there === undefined) return file
  const before = objectIn(root, there)
  const location = Object.fromEntries(locationKeys.filter((key) => key in before).map((key) => [key, before[key]]))
  const info = head ? (parseObject(Buffer.from(file.bytes).toString()) ?? {}) : before
  const moved = move && { projectID: move.projectID, directory: move.directory }
  const path = move ? `session/${safeName(move.projectID)}/${id}.json` : there
  return { path, bytes: printed({ ...info, ...location, ...moved }) }
}

const locationIn = ({ projectID, directory, path }: JsonObject): StoredLocation => ({
  projectID: textOf(projectID) ?? 'global',
  directory: textOf(directory) ?? '',
  path: textOf(path),
})

/** The files of a session's messages, or of a message's parts. */
export const namesIn = (root: string, kind: 'message' | 'part', owner: string): string[] =>
  jsonNames(join(root, kind, owner), new ProblemLog()).map((name) => `${kind}/${owner}/${name}.json`)

const objectIn = (root: string, path: string): JsonObject => parseObject(readIfThere(join(root, path))?.toString() ?? null) ?? {}
