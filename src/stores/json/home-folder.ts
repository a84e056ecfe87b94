import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ProblemLog } from '../../base/problems.ts'
import { jsonFilesBelow } from './json-files.ts'
import type { JsonLayout } from './json-layout.ts'
import { JsonStore } from './json-store.ts'

/**
 * `~/.opencode/{sessions,messages,parts}`: no release writes it, but users and other tools keep trees there that look like
 * `storage/` with plural names; sessions lie directly in their folder or in one per project, parts under their message
 * or under session and message.
 */
export function openHomeFolder(root: string, before?: JsonStore): JsonStore {
  const sessions = join(root, 'sessions')
  const layout: JsonLayout = {
    kind: 'home-folder',
    root,
    log: new ProblemLog(),
    sessionFiles: (log) => jsonFilesBelow(sessions, log),
    projectRecordFiles: () => [],
    transcriptFolders: () => [join(root, 'messages')],
    messageFolders: (id) => [join(root, 'messages', id)],
    partFolder: (id, messageID) => {
      const nested = join(root, 'parts', id, messageID)
      return existsSync(nested) ? nested : join(root, 'parts', messageID)
    },
    extraFiles: () => [],
    shareFiles: () => [],
    projectFiles: () => [],
    location: (_sessionID, file) => ({ projectID: dirname(file) === sessions ? null : basename(dirname(file)), directory: null }),
    projects: () => [],
  }
  return new JsonStore(layout, before)
}
