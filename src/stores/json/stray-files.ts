import type { ProblemLog } from '../../base/problems.ts'
import { isPathSafe } from '../../opencode/ids.ts'

/**
 * An id as OpenCode makes them, and nothing beside it: what sync tools and file managers call a copy has blanks, dots or
 * brackets.
 */
const plainID = /^(ses|msg|prt)_\w+$/

/**
 * Which record a file holds, where its name and what it says may differ: `msg_1.sync-conflict-20260901-101112-ABCDEFG.json` says
 * `msg_1`.
 * @param name without `.json`
 * @param says the id in it, if there is one
 * @param hasOwn whether that id has a file of its own name
 * @returns the id; undefined, and a problem, for a stray copy of a record that is there: read as well, it would be there twice
 */
export function idOfFile(
  file: string,
  name: string,
  says: string | null,
  hasOwn: (id: string) => boolean,
  log: ProblemLog,
): string | undefined {
  if (says === null || says === name) return name
  if (hasOwn(says)) {
    log.add(file, `a stray copy of ${says}, which is there: not read`)
    return undefined
  }
  if (!plainID.test(name) && isPathSafe(says)) return says
  // OpenCode itself goes by the names of files.
  log.add(file, `says it is ${JSON.stringify(says)}; the file's name counts`)
  return name
}
