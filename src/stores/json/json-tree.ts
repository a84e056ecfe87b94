import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listOf, textOf } from '../../base/json.ts'
import { ProblemLog } from '../../base/problems.ts'
import type { ProjectRecord } from '../store.ts'
import { folderNames, jsonFilesBelow, jsonNames, readJsonObject } from './json-files.ts'
import type { JsonLayout } from './json-layout.ts'
import { JsonStore } from './json-store.ts'

/**
 * `storage/` of 0.6 to 1.1.65: `session/<project>/<id>.json`, `message/<session>/<id>.json`, `part/<message>/<id>.json`.
 * 1.2 and later leave it in place, as a stale second copy.
 */
export function openJsonTree(root: string, before?: JsonStore): JsonStore {
  const log = new ProblemLog()
  const projects = new Map<string, ProjectRecord>()
  const project = (id: string): ProjectRecord => {
    let record = projects.get(id)
    if (!record) {
      const file = join(root, 'project', `${id}.json`)
      const info = existsSync(file) ? readJsonObject(file, log) : undefined
      const directories = listOf(info?.sandboxes).filter((directory) => typeof directory === 'string')
      record = { id, worktree: textOf(info?.worktree), directories }
      projects.set(id, record)
    }
    return record
  }
  const layout: JsonLayout = {
    kind: 'json-tree',
    root,
    log,
    sessionFiles: (log) => jsonFilesBelow(join(root, 'session'), log),
    projectRecordFiles: () => jsonNames(join(root, 'project'), log).map((name) => join(root, 'project', `${name}.json`)),
    transcriptFolders: () => [join(root, 'message')],
    messageFolders: (id) => [join(root, 'message', id)],
    partFolder: (_sessionID, messageID) => join(root, 'part', messageID),
    partFolders: () => folderNames(join(root, 'part'), log).map((messageID) => ({ messageID, sessionID: null })),
    extraFiles: (id) => ['todo', 'session_diff'].map((kind) => join(root, kind, `${id}.json`)),
    shareFiles: (id) => ['session_share', 'share'].map((kind) => join(root, kind, `${id}.json`)),
    projectFiles: (id) => ['project', 'permission'].map((kind) => join(root, kind, `${id}.json`)),
    // Session files that 0.6 copied from a slug tree have neither: the folder names the project, its record the work tree.
    location: (_sessionID, file) => {
      const projectID = basename(dirname(file))
      return { projectID, directory: project(projectID).worktree }
    },
    projects: () => jsonNames(join(root, 'project'), log).map(project),
  }
  return new JsonStore(layout, before)
}
