import { openSharing, type Sharing } from '../api/sharing.ts'
import { safeLine } from '../render/safe-text.ts'
import type { Redact } from '../share/local-sessions.ts'
import { currentDirectory } from './selection.ts'
import { reportProblems } from './terminal.ts'

/** What to do when the directory is gone. */
export const inRepository = ': run this in the repository'

export async function withSharing<T>(
  roots: readonly string[] | undefined,
  redactFor: (worktree: string) => Redact,
  inRef: boolean,
  command: (sharing: Sharing) => Promise<T>,
): Promise<T> {
  const sharing = await openSharing({ directory: currentDirectory(inRepository), ref: inRef, roots }, redactFor)
  try {
    return await command(sharing)
  } finally {
    reportProblems(sharing.catalog)
    sharing.catalog.close()
  }
}

/** A path for a line that a person copies into a shell. */
export function quoted(path: string): string {
  const shown = safeLine(path)
  return /^[\p{L}\p{N}\p{M}_./-]+$/u.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`
}
