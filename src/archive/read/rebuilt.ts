import { createHash } from 'node:crypto'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { headerOfInfo } from '../../stores/session-info.ts'
import { blobsNamed, countsOf, parseEntry } from '../format/document.ts'
import { archiveVersion, type Manifest, type ManifestCopy, type ManifestEntry, type ManifestSession } from '../format/manifest.ts'
import { kindOfEntry } from '../format/names.ts'
import type { ArchiveProblem } from './archive.ts'
import type { EntrySource } from './source.ts'

/** A manifest of what is left, from what the sessions say themselves: nobody knows what else there was. */
export function rebuilt(source: EntrySource, problems: ArchiveProblem[]): Manifest {
  const sessions: ManifestSession[] = []
  const entries: ManifestEntry[] = []
  const copies = new Map<string, ManifestCopy[]>()
  for (const entry of source.sizes.keys()) {
    const kind = kindOfEntry(entry)
    if (kind === 'manifest') continue
    try {
      const bytes = source.readNow(entry)
      const listed = { entry, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
      if (kind !== 'session' && kind !== 'copy') {
        if (kind === 'blob' && entry !== `blobs/${listed.sha256}`) throw new OcvaultError('failed', 'is damaged')
        entries.push(listed)
        continue
      }
      const document = parseEntry(entry, bytes)
      const { id, title, parentID, projectID, directory, time } = headerOfInfo(document.id, document.info)
      const stored = { ...listed, source: 0, counts: countsOf(document), blobs: blobsNamed(document) }
      if (kind === 'copy') copies.set(id, [...(copies.get(id) ?? []), stored])
      else sessions.push({ ...stored, id, title, parentID, projectID, directory, updated: time.updated, copies: [] })
    } catch (error) {
      problems.push({ entry, reason: reasonOf(error) })
    }
  }
  return {
    format: 'ocvault-archive',
    version: archiveVersion,
    tool: '',
    time: 0,
    scope: {},
    sources: [],
    leftOut: [],
    problems: [],
    sessions: sessions.map((session) => ({ ...session, copies: copies.get(session.id) ?? [] })),
    entries,
    sha256: '',
  }
}
