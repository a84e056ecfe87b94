import { join } from 'node:path'
import { textOf } from '../../base/json.ts'
import { ProblemLog } from '../../base/problems.ts'
import { isPathSafe, type MessageID, type SessionID } from '../../opencode/ids.ts'
import { folderNames, jsonNames, readJsonObject } from './json-files.ts'
import type { JsonLayout } from './json-layout.ts'

/**
 * Messages of a tree whose file is gone and whose parts are there, by session. Costs a look at each folder, and reads one part of
 * each such message where the layout does not say which session it is of.
 */
export function lostMessages(layout: JsonLayout): Map<SessionID, MessageID[]> {
  // OpenCode writes a message before its parts: what is looked at in this order is not lost because it was just made.
  const folders = [...layout.partFolders()]
  const there = messagesThere(layout)
  const lost = new Map<SessionID, MessageID[]>()
  for (const { messageID, sessionID } of folders) {
    if (there.has(messageID) || !isPathSafe(messageID)) continue
    const id = sessionOf(layout, messageID, sessionID)
    if (id === null) continue
    const messages = lost.get(id)
    if (messages) messages.push(messageID)
    else lost.set(id, [messageID])
  }
  return lost
}

/** What cannot be read is named by whoever reads it, where it is missed. */
const unreported = () => new ProblemLog()

function messagesThere(layout: JsonLayout): Set<MessageID> {
  const log = unreported()
  const folders = layout.transcriptFolders().flatMap((folder) => folderNames(folder, log).map((name) => join(folder, name)))
  return new Set(folders.flatMap((folder) => jsonNames(folder, log)))
}

/** The session of a message's parts, as the layout or they say; null without parts: OpenCode leaves empty folders behind. */
function sessionOf(layout: JsonLayout, messageID: MessageID, sessionID: SessionID | null): SessionID | null {
  const log = unreported()
  const folder = layout.partFolder(sessionID ?? '', messageID)
  for (const name of jsonNames(folder, log)) {
    if (sessionID !== null) return sessionID
    const said = textOf(readJsonObject(join(folder, `${name}.json`), log)?.sessionID)
    if (said !== null) return said
  }
  return null
}
