import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../../base/errors.ts'
import { isObject, type JsonObject } from '../../base/json.ts'
import type { ProblemLog } from '../../base/problems.ts'
import { readRegular } from '../../base/regular.ts'
import { longestRecordBytes, tooLong } from '../long-record.ts'
import { longObject } from './long-file.ts'

/** What is in a folder; nothing for one that is not there. One that may not be read is a problem, not an empty folder. */
function entries(folder: string, log: ProblemLog): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') log.add(folder, `cannot be read: ${reasonOf(error)}`)
    return []
  }
}

/** Names of the JSON files in a folder without their ending, sorted; none for a folder that is not there. */
export function jsonNames(folder: string, log: ProblemLog): string[] {
  return entries(folder, log)
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json'))
    .map((entry) => entry.name.slice(0, -'.json'.length))
    .sort()
}

/** Names of everything in a folder but folders, in no order; none for a folder that is not there. */
export function fileNames(folder: string, log: ProblemLog): string[] {
  return entries(folder, log)
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
}

/** Names of the folders in a folder, links to folders included, sorted; none for a folder that is not there. */
export function folderNames(folder: string, log: ProblemLog): string[] {
  return entries(folder, log)
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort()
}

/**
 * The JSON files in a folder and in the folders in it, as paths: as deep as any layout keeps sessions. Not deeper, because
 * folders may be links, and links that lead upwards would lead round and round.
 */
export function* jsonFilesBelow(folder: string, log: ProblemLog): Iterable<string> {
  for (const at of [folder, ...folderNames(folder, log).map((name) => join(folder, name))]) {
    for (const name of jsonNames(at, log)) yield join(at, `${name}.json`)
  }
}

/**
 * The object in a JSON file, or undefined with the reason in the log: up to 1.1.65 OpenCode wrote files in place, so that a
 * crash leaves empty and half-written ones. An editor may have put a byte order mark before the text.
 */
export const readJsonObject = (path: string, log: ProblemLog): JsonObject | undefined => readJson(path, log)?.value

/** An object, and the text that it was parsed from, unless that is too long. */
interface JsonFile {
  readonly value: JsonObject
  readonly text?: string
}

/** The same, with the text without that mark. Of a file that is too long its beginning, and a problem. */
export function readJson(path: string, log: ProblemLog): JsonFile | undefined {
  let text: string
  try {
    const bytes = statSync(path).size
    if (bytes > longestRecordBytes) return readLong(path, bytes, log)
    text = readRegular(path)
      .toString()
      .replace(/^\uFEFF/, '')
  } catch (error) {
    log.add(path, `cannot be read: ${reasonOf(error)}`)
    return undefined
  }
  if (text.trim() === '') {
    log.add(path, 'is empty')
    return undefined
  }
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return { value, text }
    log.add(path, 'holds JSON, but not an object')
  } catch (error) {
    log.add(path, /^\s*\{/.test(text) ? `is damaged or cut off (${reasonOf(error)})` : 'is not JSON')
  }
  return undefined
}

function readLong(path: string, bytes: number, log: ProblemLog): JsonFile | undefined {
  const value = longObject(path, bytes)
  if (value) log.add(path, tooLong(bytes), 'long')
  else log.add(path, 'is not a JSON object')
  return value && { value }
}
