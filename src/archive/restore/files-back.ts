import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { reasonOf } from '../../base/errors.ts'
import { makeFolder, writeAtomically } from '../../base/files.ts'
import type { ImportedSession } from '../../transfer/import/report.ts'
import type { FileNotes } from '../../transfer/undo/files.ts'
import type { Target } from '../../transfer/write/target.ts'
import { blobName } from '../format/names.ts'
import type { Archive } from '../read/archive.ts'
import type { ArchivedSession } from './archived-session.ts'

type Put = (path: string, bytes: Uint8Array) => void

/**
 * What puts a file beside a store. @param notes of the change that the file belongs to; one of a session that was there before
 * stays with it
 */
export function filePut(target: Target, notes: FileNotes | undefined): Put {
  return (path, bytes) => {
    const full = join(dirname(target.path), path)
    notes?.add(path, createHash('sha256').update(bytes).digest())
    makeFolder(dirname(full))
    writeAtomically(full, [bytes])
  }
}

/** Puts files beside the store back; one that is there stays. @returns how many were written */
export async function filesBack(
  archive: Archive,
  { files, diff, id }: ArchivedSession,
  target: Target,
  session: ImportedSession,
  put: Put,
  onProblem: (reason: string) => void,
): Promise<number> {
  const folder = dirname(target.path)
  const missing = files.filter(
    ({ path }) => !existsSync(join(folder, path)) && (session.copyOf === null || path.startsWith('tool-output/')),
  )
  let written = 0
  const attempt = async (path: string, bytes: () => Promise<Uint8Array> | Uint8Array) => {
    try {
      put(path, await bytes())
      written++
    } catch (error) {
      onProblem(`${path} of session ${id} is not restored: ${reasonOf(error)}`)
    }
  }
  for (const { path, sha256 } of missing) await attempt(path, () => archive.read(blobName(sha256)))
  const path = `storage/session_diff/${id}.json`
  const isWanted = target.layout === 'sqlite' && target.generation === 'v1' && session.copyOf === null
  if (diff && isWanted && !existsSync(join(folder, path))) await attempt(path, () => diff)
  return written
}
