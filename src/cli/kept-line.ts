import { fstatSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { ownCacheFolder } from '../base/own-data.ts'

/**
 * The last status line, kept with what it was made of: asked for at every prompt, it is nearly always the same one. This is all
 * that is loaded where it is, so nothing may be imported here that costs anything.
 */

/** A file or folder as it was: nobody wrote to it, and it got and lost no entry, as long as this is the same. */
type Seen = readonly [path: string, stamp: string]

interface Kept {
  readonly key: string
  readonly quarter: number
  readonly seen: readonly Seen[]
  readonly line: string
}

/** File systems keep times to a few milliseconds, some (FAT, old network disks) to two seconds. */
const clockTickMs = 2500

/** Midnight is at the beginning of one of these in every time zone; and what no file tells is looked at again after one. */
const quarterMs = 900_000

/** How many lines are kept: for so many directories, flags and environments. */
const places = 256

const environment = ['HOME', 'USERPROFILE', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'LOCALAPPDATA', 'OPENCODE_DB', 'TZ']

/** What a line depends on besides files. @throws where the current directory is gone */
const keyOf = (words: readonly string[]) =>
  JSON.stringify([manifest.version, words, process.cwd(), environment.map((name) => process.env[name] ?? null)])

function placeOf(key: string): string {
  let hash = 0x811c9dc5 // FNV-1a
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return join(ownCacheFolder(), 'status', `${(hash >>> 0) % places}.json`)
}

const quarterNow = () => Math.floor(Date.now() / quarterMs)

function stampOf(path: string): { stamp: string; time: number } {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat ? { stamp: `${stat.ino}:${stat.size}:${stat.mtimeNs}`, time: Number(stat.mtimeMs) } : { stamp: '-', time: 0 }
}

/** Whether lines go to where nobody cuts them to a width. */
const isUncut = () => !fstatSync(1).isCharacterDevice()

/**
 * Prints the line that was kept for this command line, if it is still true.
 * @param words of the command line, without the program
 * @returns whether it did
 */
export function printKeptLine(words: readonly string[]): boolean {
  try {
    if (!isUncut()) return false
    const key = keyOf(words)
    const kept = JSON.parse(readFileSync(placeOf(key), 'utf8')) as Kept
    if (kept.key !== key || kept.quarter !== quarterNow()) return false
    if (kept.seen.some(([path, stamp]) => stampOf(path).stamp !== stamp)) return false
    writeSync(1, kept.line)
    return true
  } catch {
    return false
  }
}

/**
 * Begins to keep a line, before it is made: what changes while it is made is seen the next time.
 * @param files what the line is made of
 * @returns where the line goes and what stands there then; undefined where a change of these moments might not be seen
 */
export function keeping(
  words: readonly string[],
  files: Iterable<string>,
): { readonly path: string; readonly content: (line: string) => string } | undefined {
  if (!isUncut()) return undefined
  const [key, quarter, now] = [keyOf(words), quarterNow(), Date.now()]
  const seen: Seen[] = []
  for (const path of new Set(files)) {
    const { stamp, time } = stampOf(path)
    if (now - time < clockTickMs) return undefined
    seen.push([path, stamp])
  }
  return { path: placeOf(key), content: (line) => JSON.stringify({ key, quarter, seen, line } satisfies Kept) }
}
