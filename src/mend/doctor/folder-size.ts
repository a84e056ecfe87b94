import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What a folder holds, with all below it. */
export interface FolderSize {
  readonly bytes: number
  readonly files: number
  /** Of files that were changed before a moment. */
  readonly old: { readonly bytes: number; readonly files: number }
  /** Whether there are more files than were counted. */
  readonly isCut: boolean
}

/** As many files as are looked at within seconds. */
const mostFiles = 300_000

/**
 * Measures a folder, and follows no link; what cannot be looked at counts nothing.
 * @param before ms since the epoch: files that were changed earlier are old
 */
export function folderSize(folder: string, before = 0, most = mostFiles): FolderSize {
  let [bytes, files, oldBytes, oldFiles] = [0, 0, 0, 0]
  const waiting = [folder]
  for (let at = waiting.pop(); at !== undefined && files < most; at = waiting.pop()) {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name)
      if (entry.isDirectory()) waiting.push(path)
      else {
        const stat = lstatSync(path, { throwIfNoEntry: false })
        files++
        bytes += stat?.size ?? 0
        if (stat && stat.mtimeMs < before) {
          oldBytes += stat.size
          oldFiles++
        }
      }
    }
  }
  return { bytes, files, old: { bytes: oldBytes, files: oldFiles }, isCut: waiting.length > 0 }
}

/** What is in a folder; nothing where it is not there or may not be read. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
