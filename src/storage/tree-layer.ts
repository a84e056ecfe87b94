import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { isObject, numberOf, objectOf, textOf } from '../base/json.ts'
import { type Problem, ProblemLog } from '../base/problems.ts'
import { readRegular } from '../base/regular.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import { orderOf, type StorageKey } from './key.ts'
import type { Layer } from './layer.ts'

const ending = '.json'

/** The content of a file; undefined where there is none. @throws OcvaultError `failed` */
export function contentOf(path: string): Buffer | undefined {
  try {
    return readRegular(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (error instanceof OcvaultError) throw error
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

/** What a file says. An editor may have put a byte order mark before it. @throws OcvaultError `failed` */
export function parsedContent(path: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString().replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${path}: ${bytes.length === 0 ? 'it is empty' : reasonOf(error)}`, {
      cause: error,
    })
  }
}

/** A tree of JSON files under its own keys, which are the names of its files. */
export class TreeLayer implements Layer {
  readonly path: string
  readonly #log = new ProblemLog()

  /** @param root a `storage` folder, or one like it */
  constructor(root: string) {
    this.path = root
  }

  fileOf(key: StorageKey): string {
    return join(this.path, ...key) + ending
  }

  read(key: StorageKey): unknown {
    const path = this.fileOf(key)
    const bytes = contentOf(path)
    return bytes && parsedContent(path, bytes)
  }

  /** In the order of the original, which passes by hidden files and does not follow links, either. */
  keys(prefix: StorageKey): Iterable<StorageKey> {
    return this.#below(join(this.path, ...prefix), prefix)
  }

  *#below(folder: string, prefix: StorageKey): Iterable<StorageKey> {
    const found: (readonly [order: string, key: StorageKey, isFolder: boolean])[] = []
    for (const entry of this.#entries(folder)) {
      const { name } = entry
      if (name.startsWith('.')) continue
      if (entry.isDirectory()) found.push([`${name},`, [...prefix, name], true])
      else if (entry.isFile() && name.endsWith(ending)) {
        const own = name.slice(0, -ending.length)
        found.push([own, [...prefix, own], false])
      }
    }
    found.sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [, key, isFolder] of found) {
      if (isFolder) yield* this.#below(join(folder, key.at(-1)!), key)
      else yield key
    }
  }

  #entries(folder: string): Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#log.add(folder, `cannot be read: ${reasonOf(error)}`)
      return []
    }
  }

  updated(id: SessionID): number | undefined {
    const times = this.#named('session', id).map((key) => {
      const session = this.#quietly(key)
      return isObject(session) ? (numberOf(objectOf(session.time).updated) ?? 0) : 0
    })
    return times.length > 0 ? Math.max(...times) : undefined
  }

  /** The keys `[kind, …, id]`. */
  #named(kind: string, id: string): StorageKey[] {
    const folders = this.#entries(join(this.path, kind)).filter((entry) => !entry.isFile())
    return folders.map(({ name }) => [kind, name, id]).filter((key) => existsSync(this.fileOf(key)))
  }

  /** A part says whose it is; a message without parts is looked for. */
  sessionOf(id: MessageID): SessionID | undefined {
    for (const key of this.keys(['part', id])) {
      const part = this.#quietly(key)
      const said = isObject(part) ? textOf(part.sessionID) : null
      if (said !== null) return said
    }
    return this.#named('message', id)[0]?.[1]
  }

  /** What cannot be read is told of by whoever asks for it. */
  #quietly(key: StorageKey): unknown {
    try {
      return this.read(key)
    } catch {
      return undefined
    }
  }

  problems(): readonly Problem[] {
    return this.#log.all()
  }

  close(): void {}
}

/** Keys in the order of the original. */
export function inOrder(keys: Iterable<StorageKey>): string[][] {
  const named = Array.from(keys, (key): [string, string[]] => [orderOf(key), [...key]])
  return named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, key]) => key)
}
