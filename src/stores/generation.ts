import { statSync } from 'node:fs'
import { createHash } from '../base/hash.ts'

/** File systems keep times to a few milliseconds, some (FAT, old network disks) to two seconds. */
const clockTickMs = 2500

/**
 * A text that stays the same as long as a file is not written to, and a folder gets and loses no entry; `-` where there is
 * nothing. Null when that happened so recently that the clock of the file system may not tell the next change from this one.
 */
export function stampOf(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (!stat) return '-'
  if (Date.now() - Number(stat.mtimeNs / 1_000_000n) < clockTickMs) return null
  return `${stat.ino}:${stat.size}:${stat.mtimeNs}`
}

let count = 0

/**
 * One text for the stamps of many things: it stays the same as long as all of them do. Where one is null it is a new one each
 * time, so that a change that cannot be seen yet is not overlooked.
 */
export function generationOf(stamps: Iterable<string | null>): string {
  const hash = createHash('sha1')
  for (const stamp of stamps) hash.update(`${stamp ?? `new ${++count}`}\n`)
  return hash.digest('base64url')
}
