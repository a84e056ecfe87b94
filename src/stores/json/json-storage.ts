import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { ProblemLog } from '../../base/problems.ts'
import { readRegular } from '../../base/regular.ts'
import { isPathSafe } from '../../opencode/ids.ts'
import { folderNames, jsonNames } from './json-files.ts'

/**
 * A key of OpenCode's storage API up to 1.1.65: `["message", sessionID, messageID]` is the file
 * `message/<sessionID>/<messageID>.json`.
 */
export type StorageKey = readonly string[]

/** The key-value view of a JSON tree, with the names and the meaning of OpenCode's own `Storage.read` and `Storage.list`. */
export class JsonStorage {
  readonly root: string

  /** @param root the `storage` folder (or one with the same structure) */
  constructor(root: string) {
    this.root = root
  }

  #path(key: StorageKey): string {
    const unsafe = key.find((segment) => !isPathSafe(segment))
    if (unsafe !== undefined)
      throw new OcvaultError('usage', `not a storage key: ${JSON.stringify(unsafe)} in ${JSON.stringify(key)}`)
    return join(this.root, ...key)
  }

  /**
   * The parsed content of one file, as it is.
   * @throws OcvaultError `not-found` without such a file, `failed` when it is not JSON
   */
  read(key: StorageKey): unknown {
    const path = `${this.#path(key)}.json`
    if (!existsSync(path)) throw new OcvaultError('not-found', `no such storage key: ${key.join('/')} (${path})`)
    try {
      return JSON.parse(
        readRegular(path)
          .toString()
          .replace(/^\uFEFF/, ''),
      )
    } catch (error) {
      throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
    }
  }

  /**
   * The keys below a prefix, at any depth, sorted; none for a prefix that is not there.
   * @throws OcvaultError `failed` when a folder may not be read
   */
  list(prefix: StorageKey): string[][] {
    const folder = this.#path(prefix)
    const log = new ProblemLog()
    const own = jsonNames(folder, log).map((name) => [...prefix, name])
    const below = folderNames(folder, log).flatMap((name) => this.list([...prefix, name]))
    for (const { path, reason } of log.all()) throw new OcvaultError('failed', `${path} ${reason}`)
    return [...own, ...below].sort((a, b) => (a.join('/') < b.join('/') ? -1 : 1))
  }
}
