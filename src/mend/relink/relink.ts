import { existsSync, realpathSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import { directoryKey, isWindowsPath, normalizeDirectory } from '../../opencode/directories.ts'
import { RealDirectories } from '../../opencode/real-directories.ts'
import { type RelocateOptions, type RelocateReport, relocate } from '../relocate/relocate.ts'
import { type Moved, relocationTo } from './moved.ts'

export interface RelinkOptions extends RelocateOptions {
  /** Also where the new place is not there. */
  readonly force?: boolean
}

/** What a relink has done, or would do. */
export interface RelinkReport extends RelocateReport {
  readonly from: string
  readonly to: string
}

/**
 * Tells every store, and what lies beside, that a directory has moved: sessions, projects, snapshots, and lists of files. What
 * was said stays.
 * @throws OcvaultError `usage`, `not-found`, `refused` when the directories are not as one expects; as {@link relocate}
 */
export function relink(from: string, to: string, options: RelinkOptions): RelinkReport {
  const moved = movedFrom(from, to, options.force ?? false)
  const [old] = moved.from
  const report = relocate(options, (asksRemote) => relocationTo(moved, 'v1', asksRemote))
  const notes = existsSync(old!)
    ? [...report.notes, `${old} is still there; its sessions are those of ${moved.to} now`]
    : report.notes
  return { from: old!, to: moved.to, ...report, notes }
}

/** @throws OcvaultError `usage`, `refused` */
function movedFrom(from: string, to: string, force: boolean): Moved {
  const old = absolute(from)
  const isThere = existsSync(absolute(to))
  const now = isThere ? realpathSync(absolute(to)) : absolute(to)
  if (directoryKey(old) === '/') throw new OcvaultError('usage', 'the root of everything cannot have moved')
  const real = new RealDirectories().of(old)
  const spellings = [...new Set([old, real])].filter((each) => directoryKey(each) !== directoryKey(now))
  if (spellings.length === 0) throw new OcvaultError('usage', `${from} and ${to} are the same directory`)
  if (!isThere && !force) {
    throw new OcvaultError('refused', `${now} is not there`, { hint: 'relink-anyway' })
  }
  return { from: spellings, to: now }
}

function absolute(path: string): string {
  if (isAbsolute(path) || isWindowsPath(path)) return path.length > 1 ? normalTail(path) : path
  return resolve(path)
}

const normalTail = (path: string) => (isWindowsPath(path) ? path.replace(/[\\/]+$/, '') : normalizeDirectory(resolve(path)))
