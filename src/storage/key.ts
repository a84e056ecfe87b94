import { OcvaultError } from '../base/errors.ts'

/**
 * A key of OpenCode's storage API, as 0.6 to 1.1.65 have it: `["message", sessionID, messageID]` is the file
 * `message/<sessionID>/<messageID>.json` below `storage`.
 */
export type StorageKey = readonly string[]

/** The one form in which keys are compared, and put in order: that of the original, which sorts lists of names. */
export const orderOf = (key: StorageKey): string => key.join(',')

/** What no release and no system takes as one name: separators, control characters, the names of folders themselves. */
const neverAName = /[/\\\0-\x1f\x7f]|^\.{0,2}$/
/** What Windows takes for something else: a stream, a wildcard, a device, a name without its end. */
const notOnWindows = /[:<>"|?*]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
/** File systems take 255 bytes, and `.json` stands behind. */
const longestName = 250

function problemOf(segment: unknown, writing: boolean): string | undefined {
  if (typeof segment !== 'string') return 'is no text'
  if (neverAName.test(segment)) return 'is no name of a file'
  if (Buffer.byteLength(segment) > longestName) return `is longer than ${longestName} bytes`
  if ((writing || process.platform === 'win32') && notOnWindows.test(segment)) return 'is no name of a file on every system'
  return undefined
}

/**
 * Makes sure that a key leads to one place inside of a tree.
 * @param use a key that is written must be the name of a file on Windows, too, and a prefix may be empty
 * @throws OcvaultError `usage`
 */
export function checkKey(key: StorageKey, use: 'prefix' | 'read' | 'write'): void {
  if (!Array.isArray(key)) throw new OcvaultError('usage', `not a storage key: ${JSON.stringify(key)} is no list of names`)
  if (key.length === 0 && use !== 'prefix') throw new OcvaultError('usage', 'not a storage key: it has no names')
  for (const segment of key) {
    const problem = problemOf(segment, use === 'write')
    if (problem === undefined) continue
    throw new OcvaultError('usage', `not a storage key: ${JSON.stringify(segment)} in ${JSON.stringify(key)} ${problem}`)
  }
}
