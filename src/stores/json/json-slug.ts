import { basename, dirname, join } from 'node:path'
import { objectOf, textOf } from '../../base/json.ts'
import { ProblemLog } from '../../base/problems.ts'
import { folderNames, jsonNames, readJsonObject } from './json-files.ts'
import type { JsonLayout } from './json-layout.ts'
import { JsonStore } from './json-store.ts'

/**
 * `project/<slug>/storage/` of 0.5.29 and before: `session/{info,message,part}`. A session says neither project nor directory:
 * the slug stands for the first, and the `path.root` of an assistant's message for the second. Messages whose conversion by 0.3
 * to 0.5 failed were moved to `project/<slug>/broken/`.
 */
export function openJsonSlug(root: string, before?: JsonStore): JsonStore {
  const project = dirname(root)
  const messageFolders = (id: string) => [root, join(project, 'broken')].map((at) => join(at, 'session', 'message', id))
  const rootOf = (id: string): string | null => {
    const unreported = new ProblemLog()
    for (const folder of messageFolders(id)) {
      for (const name of jsonNames(folder, unreported)) {
        const info = readJsonObject(join(folder, `${name}.json`), unreported)
        const path = objectOf(info?.path ?? objectOf(objectOf(info?.metadata).assistant).path)
        const found = textOf(path.root)
        // Outside of git the root is "/" (0.5) or the directory itself (0.1): only `cwd` tells.
        if (found !== null) return found === '/' ? (textOf(path.cwd) ?? found) : found
      }
    }
    return null
  }
  const log = new ProblemLog()
  const layout: JsonLayout = {
    kind: 'json-slug',
    root,
    log,
    sessionFiles: (log) =>
      jsonNames(join(root, 'session', 'info'), log).map((name) => join(root, 'session', 'info', `${name}.json`)),
    projectRecordFiles: () => [],
    transcriptFolders: () => [root, join(project, 'broken')].map((at) => join(at, 'session', 'message')),
    messageFolders,
    partFolder: (id, messageID) => join(root, 'session', 'part', id, messageID),
    partFolders: () =>
      folderNames(join(root, 'session', 'part'), log).flatMap((sessionID) =>
        folderNames(join(root, 'session', 'part', sessionID), log).map((messageID) => ({ messageID, sessionID })),
      ),
    extraFiles: () => [],
    shareFiles: (id) => [join(root, 'session', 'share', `${id}.json`)],
    projectFiles: () => [join(project, 'app.json')],
    location: (id) => ({ projectID: basename(project), directory: rootOf(id) }),
    projects: () => [],
  }
  return new JsonStore(layout, before)
}
