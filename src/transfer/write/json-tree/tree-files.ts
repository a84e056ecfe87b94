import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { OcvaultError, reasonOf } from '../../../base/errors.ts'
import type { JsonObject } from '../../../base/json.ts'
import { readRegular } from '../../../base/regular.ts'
import { isPathSafe } from '../../../opencode/ids.ts'

/** What notes for undoing call the files of a tree, and the column with their bytes. */
export const fileTable = { table: 'file', key: 'path', columns: ['bytes'] } as const

/** A file of a tree, by its path with `/`. */
export interface TreeFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** The bytes of an object as those releases print it. */
export const printed = (object: JsonObject): Buffer => Buffer.from(JSON.stringify(object, null, 2))

export const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** The names that 0.6 to 1.1.65 read; anything else is not written. */
const grammar =
  /^(?:session\/[^/]+\/|message\/[^/]+\/|part\/[^/]+\/|todo\/|session_diff\/|session_share\/|share\/|project\/|permission\/)[^/]+\.json$/

/** An id as the name of a file. @throws OcvaultError `failed` when it is none */
export function safeName(id: string): string {
  if (isPathSafe(id)) return id
  throw new OcvaultError('failed', `${JSON.stringify(id)} is no name of a file`)
}

/** A path that a store gave. @throws OcvaultError `failed` when it is none of a tree, or leads out of it */
export function safePath(path: string): string {
  if (grammar.test(path) && path.split('/').every(isPathSafe)) return path
  throw new OcvaultError('failed', `${JSON.stringify(path)} is no file of a session`)
}

/** The message that a file of a transcript is of; undefined for any other file. */
export function messageOf(path: string): string | undefined {
  const [folder, owner = '', name = ''] = path.replace(/\.json$/, '').split('/')
  return folder === 'message' ? name : folder === 'part' ? owner : undefined
}

/** The content of a file; undefined when it is not there. @throws OcvaultError `failed` when it cannot be read */
export function readIfThere(path: string): Buffer<ArrayBuffer> | undefined {
  try {
    return readRegular(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Removes a file, and the folders that are empty without it. */
export function removeFile(root: string, path: string): void {
  rmSync(path, { force: true })
  for (let folder = dirname(path); folder.startsWith(root) && folder !== root; folder = dirname(folder)) {
    if (!existsSync(folder)) continue
    if (readdirSync(folder).length > 0) return
    rmdirSync(folder)
  }
}
