import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ProblemLog } from '../../base/problems.ts'
import { folderNames, jsonFilesBelow } from './json-files.ts'
import type { JsonLayout, PartFolder } from './json-layout.ts'
import { JsonStore } from './json-store.ts'

/**
 * `~/.opencode/{sessions,messages,parts}`: no release writes it, but users and other tools keep trees there that look like
 * `storage/` with plural names; sessions lie directly in their folder or in one per project, parts under their message
 * or under session and message.
 */
export function openHomeFolder(root: string, before?: JsonStore): JsonStore {
  const sessions = join(root, 'sessions')
  const log = new ProblemLog()
  const layout: JsonLayout = {
    kind: 'home-folder',
    root,
    log,
    sessionFiles: (log) => jsonFilesBelow(sessions, log),
    projectRecordFiles: () => [],
    transcriptFolders: () => [join(root, 'messages')],
    messageFolders: (id) => [join(root, 'messages', id)],
    partFolder: (id, messageID) => {
      const nested = join(root, 'parts', id, messageID)
      return existsSync(nested) ? nested : join(root, 'parts', messageID)
    },
    partFolders: () =>
      folderNames(join(root, 'parts'), log).flatMap((name): PartFolder[] => {
        const nested = folderNames(join(root, 'parts', name), log)
        if (nested.length > 0) return nested.map((messageID) => ({ messageID, sessionID: name }))
        return [{ messageID: name, sessionID: null }]
      }),
    extraFiles: () => [],
    shareFiles: () => [],
    projectFiles: () => [],
    location: (_sessionID, file) => ({ projectID: dirname(file) === sessions ? null : basename(dirname(file)), directory: null }),
    projects: () => [],
  }
  return new JsonStore(layout, before)
}
