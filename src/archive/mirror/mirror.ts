import { unfinishedUntil } from '../../base/unfinished.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import type { ManifestSession } from '../format/manifest.ts'
import { prune } from './finish.ts'
import { clearGrowing, DiskFolder, openMirror, prepareMirror } from './folder.ts'
import { incomingFrom } from './incoming.ts'
import { lockMirror } from './lock.ts'
import { MirrorRun } from './run.ts'
import type { Selected } from './trees.ts'
import { type MirrorOptions, type MirrorReport, update } from './update.ts'

/**
 * Brings a mirror folder up to date: the files of an archive, of which only those are written whose sessions have changed. What
 * OpenCode has deleted stays, and is marked. Nothing is ever lost that another machine has put there, and a process that is
 * killed at any point leaves a mirror that is as good as before, or better (docs/mirror.md).
 * @param sessions to keep; their subagents come along
 * @throws OcvaultError `refused` when another backup is at work there, or when the folder holds something else; `failed` when it
 *   cannot be written
 */
export async function updateMirror(
  catalog: Catalog,
  sessions: Iterable<Selected>,
  mirror: string,
  options: MirrorOptions,
): Promise<MirrorReport> {
  return withMirror(mirror, options, (run) => update(run, incomingFrom(run, catalog, sessions), options))
}

/**
 * Removes sessions that no store has any more.
 * @param ids of those that may go; others stay, and so does one that has come back
 * @throws as {@link updateMirror}
 */
export async function pruneMirror(mirror: string, ids: readonly SessionID[], options: MirrorOptions): Promise<ManifestSession[]> {
  return withMirror(mirror, options, (run) => prune(run, new Set(ids)))
}

async function withMirror<T>(mirror: string, options: MirrorOptions, work: (run: MirrorRun) => Promise<T>): Promise<T> {
  openMirror(mirror)
  const unlock = lockMirror(mirror, options.patience)
  const forget = unfinishedUntil(() => clearGrowing(mirror))
  try {
    prepareMirror(mirror)
    return await work(new MirrorRun(new DiskFolder(mirror), options.machine, options.onProblem))
  } catch (error) {
    try {
      clearGrowing(mirror) // what has grown takes room, which may be what was missing
    } catch {
      // The next backup clears it.
    }
    throw error
  } finally {
    forget()
    unlock()
  }
}
