import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A place beside a file where its new content grows: a name in the same folder, so that a rename puts it in place at once. */
export const temporaryBeside = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 40)}.${randomBytes(6).toString('hex')}.tmp`)

/** The name that such a file was to have, of which the end may be missing; undefined for any other. */
export const nameOfTemporary = (entry: string): string | undefined => /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(entry)?.[1]

/** A file that is still growing is not older than this. */
const abandonedAfterMs = 3_600_000

/**
 * Removes what killed processes have left where they were writing.
 * @param isOurs by {@link nameOfTemporary}
 */
export function removeAbandoned(folder: string, isOurs: (name: string) => boolean): void {
  try {
    for (const entry of readdirSync(folder)) {
      const name = nameOfTemporary(entry)
      if (name === undefined || !isOurs(name)) continue
      const path = join(folder, entry)
      if (Date.now() - statSync(path).mtimeMs > abandonedAfterMs) rmSync(path, { force: true })
    }
  } catch {
    // A folder that cannot be read or written is told of where it matters.
  }
}
