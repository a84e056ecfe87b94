import { OcvaultError } from '../../base/errors.ts'
import { omit } from '../../base/omit.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { storedDocument } from '../../stores/export/export-file.ts'
import { type ImportOptions, writeSessions } from '../../transfer/import/import.ts'
import type { ImportedSession, ImportReport } from '../../transfer/import/report.ts'
import { FileNotes } from '../../transfer/undo/files.ts'
import { notesPath, undoFolder } from '../../transfer/undo/folder.ts'
import { findTarget, type Target } from '../../transfer/write/target.ts'
import type { Keys } from '../encrypt.ts'
import type { ManifestSession } from '../format/manifest.ts'
import type { Archive } from '../read/archive.ts'
import { openArchive } from '../read/reader.ts'
import { ArchivedSession } from './archived-session.ts'
import { filePut, filesBack } from './files-back.ts'
import { contentDigest, TargetReader } from './restored.ts'

export interface RestoreProgress {
  /** Sessions that are written, of all. */
  readonly done: number
  readonly sessions: number
  /** Bytes of the archive's unpacked entries so far. */
  readonly bytes: number
}

export interface RestoreOptions extends Omit<ImportOptions, 'keepProject' | 'onProgress'>, Keys {
  /** Ids or their beginnings, with or without `ses_`; default: all. Subagents come along. */
  readonly names?: readonly string[]
  readonly onProgress?: (progress: RestoreProgress) => void
}

/**
 * What reading back has shown of a session: `exact`, every stored byte is as it is in the archive; `same`, it says the same, in
 * the layout that it was converted into, or in its new place; `differs`; null when nothing of it was written.
 */
export type Proof = 'exact' | 'same' | 'differs' | null

export interface RestoredSession extends ImportedSession {
  readonly proof: Proof
}

export interface RestoreReport extends Omit<ImportReport, 'sessions'> {
  readonly archive: string
  /** `v1`, `v2`, or `json` for a JSON tree. */
  readonly into: 'v1' | 'v2' | 'json'
  readonly sessions: readonly RestoredSession[]
  /** Files beside the store that came back: tool outputs, diffs, plans. */
  readonly files: number
  /** Bytes of the archive's unpacked entries that were read. */
  readonly bytes: number
}

/**
 * Restores sessions from an archive into OpenCode: the stored rows or files themselves where its layout is the one that they are
 * from, else what they say, as an import does. Each tree of sessions is written whole or not at all, and everything is read back
 * in the end.
 * @throws OcvaultError `not-found` without such an archive, session or target; what {@link writeSessions} throws
 */
export async function restoreArchive(path: string, options: RestoreOptions = {}): Promise<RestoreReport> {
  const target = findTarget(options.root, options.into)
  const archive = await openArchive(path, options)
  try {
    const sessions = chosen(archive, options.names ?? [])
    return await restoreInto(archive, sessions, target, options)
  } finally {
    archive.close()
  }
}

/**
 * The sessions of an archive that are named, with their subagents.
 * @throws OcvaultError `not-found`, or `usage` for the beginning of several ids
 */
export function chosen({ manifest, path }: Archive, names: readonly string[]): readonly ManifestSession[] {
  if (names.length === 0) return manifest.sessions
  const wanted = new Set<SessionID>()
  for (const name of names) {
    const exact = manifest.sessions.filter(({ id }) => id === name)
    const found =
      exact.length > 0 ? exact : manifest.sessions.filter(({ id }) => id.startsWith(name) || id.startsWith(`ses_${name}`))
    if (found.length === 0)
      throw new OcvaultError('not-found', `no session ${name} in ${path}`, { hint: { name: 'verify', archive: path } })
    if (found.length > 1) {
      throw new OcvaultError(
        'usage',
        `several sessions begin with ${name}: ${found
          .slice(0, 4)
          .map(({ id }) => id)
          .join(', ')}`,
      )
    }
    wanted.add(found[0]!.id)
  }
  const children = Map.groupBy(manifest.sessions, ({ parentID }) => parentID)
  for (const id of wanted) for (const child of children.get(id) ?? []) wanted.add(child.id)
  return manifest.sessions.filter(({ id }) => wanted.has(id))
}

/** What {@link restoreArchive} does with an archive that is open. */
export async function restoreInto(
  archive: Archive,
  sessions: readonly ManifestSession[],
  target: Target,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const reader = new TargetReader(target)
  let done = 0
  let bytes = 0
  const tell = () => options.onProgress?.({ done, sessions: sessions.length, bytes })
  const archived = sessions.map(
    (session) =>
      new ArchivedSession(archive, session, reader, (read) => {
        bytes += read
        tell()
      }),
  )
  const rest = omit(options, ['names', 'onProgress', 'identity', 'passphrase', 'root', 'into'])
  const report = await writeSessions(archived, target, {
    ...rest,
    keepProject: options.project === undefined,
    relocate: 'always',
    salvage: true,
    onProgress: (written) => {
      done = written
      tell()
    },
  })
  const byEntry = new Map(archived.map((session) => [session.from, session]))
  const problems = [...archive.problems.map(({ entry, reason }) => ({ path: entry ?? archive.path, reason })), ...report.problems]
  const restored: RestoredSession[] = []
  let files = 0
  reader.reopen()
  const fileNotes = report.change === null ? undefined : new FileNotes(notesPath(options.undo ?? undoFolder(), report.change))
  try {
    for (const session of report.sessions) {
      const source = byEntry.get(session.from)
      const isThere = session.result === 'written' || session.plan === 'identical'
      if (source && isThere && !report.dryRun) {
        const put = filePut(target, session.result === 'written' ? fileNotes : undefined)
        files += await filesBack(archive, source, target, session, put, (reason) => problems.push({ path: session.from, reason }))
      }
      if (!source || session.result !== 'written' || report.dryRun) {
        restored.push({ ...session, proof: null })
        continue
      }
      const proof = await proofOf(source, session, reader, options)
      if (proof === 'differs') {
        problems.push({ path: session.from, reason: `session ${session.id} does not read back as it is in the archive` })
      }
      if (source.long > 0 && !source.isWhole) problems.push({ path: session.from, reason: longCut(session.id) })
      restored.push({ ...session, proof })
    }
  } finally {
    fileNotes?.close()
    reader.close()
  }
  const into = target.layout === 'json-tree' ? 'json' : report.generation
  const notes = [...report.notes, ...pinNotes(archive, restored)]
  return { archive: archive.path, into, ...report, sessions: restored, problems, notes, files, bytes }
}

const longCut = (id: SessionID) =>
  `session ${id} has records that are too long to be converted: only their beginning is restored; in OpenCode's layout that they are from they come back whole`

/** What a restore leaves to the person: the state directory is OpenCode's own, and it may be running. */
function pinNotes({ manifest }: Archive, restored: readonly RestoredSession[]): readonly string[] {
  const pinned = new Set(manifest.pinned)
  const ids = restored.filter(({ id, result }) => result === 'written' && pinned.has(id)).map(({ id }) => id)
  return ids.length === 0 ? [] : [`pinned in OpenCode when the backup was made, and not pinned again: ${ids.join(', ')}`]
}

/** Reads a session back, and compares it with the archive. */
async function proofOf(
  source: ArchivedSession,
  session: ImportedSession,
  reader: TargetReader,
  options: RestoreOptions,
): Promise<Proof> {
  if (session.copyOf === null && source.facts) {
    const facts = reader.factsOf(session.id, source.facts)
    source.isWhole = facts?.placeless === source.facts.placeless
    if (facts?.digest === source.facts.digest) return 'exact'
    if (source.isWhole) return 'same'
  }
  const stored = await source.with(storedDocument)
  const found = reader.content(session.id)
  if (!found) return 'differs'
  const wanted = contentDigest(stored, reader.generation, found.directory, options.map)
  // A copy has ids of its own, and the writer has compared each of its rows: here it counts that all are there.
  if (session.copyOf !== null) return found.messages === wanted.messages ? 'same' : 'differs'
  return found.digest === wanted.digest ? 'same' : 'differs'
}
