import { isObject, type JsonObject, objectOf } from '../../base/json.ts'
import { headerOfInfo } from '../../stores/session-info.ts'
import type { SessionHeader } from '../../stores/store.ts'
import { parseEntry } from '../format/document.ts'
import type { ManifestSession } from '../format/manifest.ts'
import type { Archive } from '../read/archive.ts'

/** How many bytes of an entry, as it stands in the file, nearly always hold the session object. */
const beginningBytes = 1024

/** What a document says after the session object; no text in it can hold that line, because JSON has no line feeds in texts. */
const endOfInfo = ',\n  "messages": ['

/** What the manifest alone says of a session: no time of its beginning, no cost. */
export function listedHeader({ id, title, parentID, projectID, directory, updated }: ManifestSession): SessionHeader {
  return {
    id,
    title,
    slug: null,
    parentID,
    projectID,
    directory,
    agent: null,
    model: null,
    version: null,
    share: null,
    time: { created: updated, updated, archived: null },
    cost: null,
    tokens: null,
    revert: null,
  }
}

/**
 * The header of a session in an archive: what the manifest says, and of the session object what that leaves out. Where the
 * document is damaged, the manifest's word is all there is.
 */
export function headerIn(archive: Archive, session: ManifestSession): SessionHeader {
  const listed = listedHeader(session)
  const info = beginningOf(archive, session) ?? wholeOf(archive, session)
  if (!info) return listed
  const read = headerOfInfo(session.id, info)
  const { id, title, parentID, projectID, directory } = listed
  return { ...read, id, title, parentID, projectID, directory, time: { ...read.time, updated: session.updated } }
}

function beginningOf({ source }: Archive, { entry }: ManifestSession): JsonObject | undefined {
  try {
    const bytes = source.beginning(entry, beginningBytes)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const end = text.indexOf(endOfInfo)
    const info = end < 0 ? undefined : objectOf(JSON.parse(`${text.toString('utf8', 0, end)}}`)).info
    return isObject(info) ? info : undefined
  } catch {
    return undefined
  }
}

function wholeOf(archive: Archive, { entry }: ManifestSession): JsonObject | undefined {
  try {
    return parseEntry(entry, archive.readNow(entry)).info
  } catch {
    return undefined
  }
}
