import { type JsonObject, parseObject, textOf } from '../../../base/json.ts'
import type { ExportedV1 } from '../../../convert/exported.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { RawRecord } from '../../../stores/store.ts'
import type { Outgoing, Project, Todo } from '../writer.ts'
import { printed, safeName, safePath, type TreeFile } from './tree-files.ts'

type RawFile = Extract<RawRecord, { readonly file: string }>
const isFile = (record: RawRecord): record is RawFile => 'file' in record

/** The files of a session as they were stored, where it is from a tree. */
const storedFiles = ({ raw }: Outgoing<ExportedV1>): Iterable<RawFile> | undefined =>
  raw?.kind === 'json-tree' ? Iterator.from(raw.records).filter(isFile) : undefined

/** Everything of a session but its own file: its transcript and what else belongs to it. */
export function* filesOf(outgoing: Outgoing<ExportedV1>, id: SessionID): Iterable<TreeFile> {
  const stored = storedFiles(outgoing)
  if (stored) {
    for (const { file, bytes } of stored) {
      const path = safePath(file)
      if (!path.startsWith('session/')) yield { path, bytes }
    }
    return
  }
  const { exported, todos = [] } = outgoing
  if (todos.length > 0) yield { path: `todo/${id}.json`, bytes: Buffer.from(JSON.stringify(numbered(todos), null, 2)) }
  for (const { info, parts } of exported.messages) {
    const message = safeName(textOf(info.id) ?? '')
    yield { path: `message/${id}/${message}.json`, bytes: printed({ ...info, sessionID: id }) }
    for (const part of parts) {
      const path = `part/${message}/${safeName(textOf(part.id) ?? '')}.json`
      yield { path, bytes: printed({ ...part, sessionID: id, messageID: message }) }
    }
  }
}

/** The releases of that time give each an id. */
const numbered = (todos: readonly Todo[]) => todos.map((todo, index) => ({ ...todo, id: String(index + 1) }))

/** The session's own file: as it was stored, unless the session goes elsewhere. */
export function headOf(outgoing: Outgoing<ExportedV1>, id: SessionID): TreeFile {
  const { exported, isMoved, project } = outgoing
  const path = `session/${safeName(project.id)}/${id}.json`
  for (const { file, bytes } of storedFiles(outgoing) ?? []) {
    if (!file.startsWith('session/')) continue
    const { parentID: storedParent, ...stored } = parseObject(Buffer.from(bytes).toString()) ?? {}
    const parentID = textOf(exported.info.parentID)
    if (!isMoved && textOf(storedParent) === parentID) return { path: safePath(file), bytes }
    const location = isMoved ? { projectID: project.id, directory: exported.info.directory } : {}
    return { path, bytes: printed({ ...stored, ...location, ...(parentID !== null && { parentID }) }) }
  }
  return { path, bytes: printed(exported.info) }
}

/** The files of a session's project, as they were stored if its own is among them. */
export function* projectFiles({ project, raw }: Outgoing<ExportedV1>): Iterable<TreeFile> {
  const path = projectPath(project)
  const stored = raw?.kind === 'json-tree' ? [...raw.project].filter(isFile) : []
  if (stored.some(({ file }) => file === path)) for (const { file, bytes } of stored) yield { path: safePath(file), bytes }
  else yield { path, bytes: printed(projectObject(project)) }
}

export const projectPath = ({ id }: Project): string => `project/${safeName(id)}.json`

function projectObject({ id, worktree, vcs }: Project): JsonObject {
  const now = Date.now()
  return { id, worktree, ...(vcs && { vcs }), sandboxes: [], time: { created: now, updated: now } }
}
