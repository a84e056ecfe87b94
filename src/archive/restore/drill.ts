import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../../base/files.ts'
import { unfinishedUntil } from '../../base/unfinished.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import type { Target } from '../../transfer/write/target.ts'
import type { Keys } from '../encrypt.ts'
import type { ManifestSession } from '../format/manifest.ts'
import type { Archive } from '../read/archive.ts'
import { openArchive } from '../read/reader.ts'
import { drillSchema } from './drill-schema.ts'
import { chosen, type RestoredSession, type RestoreProgress, restoreInto } from './restore.ts'

export interface DrillOptions extends Keys {
  /** Ids or their beginnings; default: all. */
  readonly names?: readonly string[]
  /** Where the throw-away stores are made; default: the system's folder for such. They take as much room as the sessions did. */
  readonly folder?: string
  readonly onProgress?: (progress: RestoreProgress) => void
}

/** What trying has shown. */
export interface DrillReport {
  readonly archive: string
  readonly sessions: readonly RestoredSession[]
  readonly messages: number
  /**
   * Sessions that came back byte for byte, those that say the same in another layout, those that differ, and those that could not
   * be restored.
   */
  readonly exact: number
  readonly same: number
  readonly differ: number
  readonly failed: number
  /** Bytes of the archive's unpacked entries that were read. */
  readonly bytes: number
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

type Kind = 'v1' | 'v2' | 'json'

/**
 * Restores everything for real, into empty stores of the layouts that the sessions are from, reads it back and compares each
 * session with the archive. The stores are in a folder that is gone afterwards; no store of OpenCode is opened.
 * @throws OcvaultError as `restoreArchive`
 */
export async function drillArchive(
  path: string,
  { names = [], folder, onProgress, ...keys }: DrillOptions = {},
): Promise<DrillReport> {
  const archive = await openArchive(path, keys)
  // What is tried is what people said: none of it may stay behind when this is interrupted.
  const place = mkdtempSync(join(folder ?? tmpdir(), 'ocvault-drill-'))
  const remove = () => rmSync(place, { recursive: true, force: true })
  const forget = unfinishedUntil(remove)
  try {
    const sessions = chosen(archive, names)
    const groups = Map.groupBy(sessions, (session) => kindOf(archive, session))
    const reports = []
    let before = { done: 0, bytes: 0 }
    for (const [kind, group] of groups) {
      const target = emptyStore(kind, join(place, kind))
      const { done, bytes } = before
      const report = await restoreInto(archive, group, target, {
        undo: join(place, 'undo'),
        onProgress: (state) => onProgress?.({ done: done + state.done, sessions: sessions.length, bytes: bytes + state.bytes }),
      })
      before = { done: done + group.length, bytes: bytes + report.bytes }
      reports.push(report)
    }
    const all = reports.flatMap((report) => report.sessions)
    const number = (proof: RestoredSession['proof']) => all.filter((session) => session.proof === proof).length
    // Each group tells of the archive's own faults again.
    const problems = new Map(
      reports.flatMap((report) => report.problems).map((problem) => [`${problem.path} ${problem.reason}`, problem]),
    )
    return {
      archive: path,
      sessions: all,
      messages: all.reduce((sum, { messages }) => sum + (messages?.total ?? 0), 0),
      exact: number('exact'),
      same: number('same'),
      differ: number('differs'),
      failed: number(null),
      bytes: before.bytes,
      problems: [...problems.values()],
      notes: reports.flatMap((report) => report.notes),
    }
  } finally {
    archive.close()
    remove()
    forget()
  }
}

/** The layout that a session is tried in: its own, if something still writes that, else that of 1.x. */
function kindOf({ manifest }: Archive, { source }: ManifestSession): Kind {
  const kind = manifest.sources[source]?.kind
  return kind === 'sqlite-v2' ? 'v2' : kind === 'json-tree' ? 'json' : 'v1'
}

function emptyStore(kind: Kind, folder: string): Target {
  makeFolder(folder)
  const why = 'to try'
  if (kind === 'json') return { path: join(folder, 'storage'), layout: 'json-tree', generation: 'v1', why }
  const path = join(folder, 'opencode.db')
  const db = new WritableDatabase(path, true)
  try {
    // Nobody needs what is left of it after a crash.
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF')
    db.exec(drillSchema[kind])
  } finally {
    db.close()
  }
  return { path, layout: 'sqlite', generation: kind, why }
}
