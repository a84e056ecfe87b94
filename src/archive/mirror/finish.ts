import type { SessionID } from '../../opencode/ids.ts'
import type { ManifestSession } from '../format/manifest.ts'
import { printManifest } from '../format/manifest-print.ts'
import { blobName, manifestName } from '../format/names.ts'
import { filesOf } from './claim.ts'
import { mirrorManifest, removeManifestCopies } from './manifest.ts'
import type { MirrorRun } from './run.ts'
import { entryOfState, removeStateCopies, writeState } from './state.ts'

/**
 * Everything is in place: files to the disk, then what this machine knows, then the manifest, and then what nothing names any
 * more may go.
 * @param without sessions that were pruned
 * @returns the sessions of the mirror
 */
export async function finishRun(run: MirrorRun, without: ReadonlySet<SessionID> = new Set()): Promise<ManifestSession[]> {
  const { folder, own, unused, journal } = run
  if (run.changed) {
    dropBlobs(run)
    const named = run.named(without)
    for (const entry of [...unused]) if (named.has(entry)) unused.delete(entry)
    if (unused.size > 0) journal.add({ files: [...unused] })
    await journal.sync()
    await folder.sync(run.fresh)
    own.time = Date.now()
    writeState(folder, own)
    await folder.sync([entryOfState(own.machine)])
  }
  const manifest = mirrorManifest(folder, run.states.values())
  const sessions = manifest.sessions.filter(({ id }) => !without.has(id))
  const text = Buffer.from(printManifest({ ...manifest, sessions }))
  if (!text.equals(folder.read(manifestName))) {
    folder.write(manifestName, text)
    await folder.sync([manifestName])
    run.changed = true
  }
  for (const entry of unused) folder.remove(entry)
  removeStateCopies(folder, own.machine)
  removeManifestCopies(folder)
  journal.clear()
  return sessions
}

/** Blobs of this machine that none of its sessions names any more. */
function dropBlobs({ own, unused }: MirrorRun): void {
  const named = new Set([...own.sessions.values()].flatMap(filesOf).flatMap(({ blobs }) => blobs.map(blobName)))
  for (const entry of [...own.blobs.keys()]) {
    if (named.has(entry)) continue
    own.blobs.delete(entry)
    unused.add(entry)
  }
}

export const isDeleted = (session: ManifestSession): boolean => typeof session.deleted === 'number'

/** Sessions of the mirror that no store has any more, on no machine. */
const deletedSessions = (run: MirrorRun): ManifestSession[] =>
  mirrorManifest(run.folder, run.states.values()).sessions.filter(isDeleted)

/** Removes such sessions, with all their versions. @returns those that are gone */
export async function prune(run: MirrorRun, ids: ReadonlySet<SessionID>): Promise<ManifestSession[]> {
  const gone = deletedSessions(run).filter(({ id }) => ids.has(id))
  for (const { id, entry, copies, blobs } of gone) {
    const hashes = [blobs, ...copies.map((copy) => copy.blobs)].flat()
    const files = [entry, ...copies.map((copy) => copy.entry), ...hashes.map(blobName)]
    run.journal.add({ prune: id, files })
    run.own.sessions.delete(id)
    for (const path of files) run.unused.add(path)
    run.changed = true
  }
  await finishRun(run, new Set(gone.map(({ id }) => id)))
  return gone
}
