import { lstatSync, realpathSync, unlinkSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { fileMark } from '../base/file-mark.ts'
import { GrowingFile, makeFolder } from '../base/files.ts'
import { removeAbandoned } from '../base/temporary.ts'
import { NotFoundError, ReadOnlyError } from './errors.ts'
import type { StorageKey } from './key.ts'
import { contentOf, parsedContent, type TreeLayer } from './tree-layer.ts'
import { TreeLock } from './tree-lock.ts'

/** A change of one file; null where there is none. */
interface FileChange {
  readonly tree: TreeLayer
  readonly key: StorageKey
  readonly path: string
  readonly before: Uint8Array | null
  readonly after: Uint8Array | null
}

/** Is told of a change before it is made. @returns is told whether it was made */
export type NoteChange = (change: FileChange) => (made: boolean) => void

interface ChangeOptions {
  readonly note?: NoteChange | undefined
  readonly dryRun?: boolean | undefined
}

/** How often an update begins anew because OpenCode wrote the file meanwhile, which takes no lock of ours. */
const attempts = 20

/**
 * A value as the original prints it.
 * @throws OcvaultError `usage` for what JSON cannot say
 */
function printed(value: unknown, key: StorageKey): Buffer {
  let text: string | undefined
  try {
    text = JSON.stringify(value, null, 2)
  } catch (error) {
    throw new OcvaultError('usage', `what is to be written to ${key.join('/')} is no JSON: ${reasonOf(error)}`, { cause: error })
  }
  if (text === undefined) throw new OcvaultError('usage', `what is to be written to ${key.join('/')} is no JSON`)
  return Buffer.from(text)
}

/** Changes in a tree: each whole or not at all, one after another, whichever process makes them. */
export class TreeChanges {
  readonly #tree: TreeLayer
  readonly #lock: TreeLock
  readonly #note: NoteChange | undefined
  readonly #dryRun: boolean
  /** Folders that were looked through for what killed processes left. */
  readonly #tidied = new Set<string>()

  constructor(tree: TreeLayer, { note, dryRun = false }: ChangeOptions = {}) {
    this.#tree = tree
    this.#lock = new TreeLock(tree.path)
    this.#note = note
    this.#dryRun = dryRun
  }

  async write(key: StorageKey, value: unknown): Promise<void> {
    const bytes = printed(value, key)
    const path = this.#tree.fileOf(key)
    if (this.#dryRun) return
    await this.#locked(() => {
      this.#prepare(path)
      this.#noted(key, bytes, () => this.#put(path, bytes))
    })
  }

  /** @param change of the value; what it returns counts for nothing, as in the original */
  async update(key: StorageKey, change: (draft: unknown) => unknown): Promise<unknown> {
    const path = this.#tree.fileOf(key)
    return this.#locked(() => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const seen = fileMark(path)
        const before = contentOf(path)
        if (!before) throw new NotFoundError(path)
        const draft = parsedContent(path, before)
        if (change(draft) instanceof Promise) {
          throw new OcvaultError(
            'usage',
            'an update that takes its time is none: what it changes must be changed when it returns',
          )
        }
        const bytes = printed(draft, key)
        if (this.#dryRun) return draft
        this.#prepare(path)
        const done = this.#noted(key, bytes, () => this.#put(path, bytes, seen))
        if (done) return draft
      }
      throw new OcvaultError('failed', `${path} changes faster than it can be updated; try again`)
    })
  }

  /** @returns whether there was something */
  async remove(key: StorageKey): Promise<boolean> {
    const path = this.#tree.fileOf(key)
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined
    if (!isThere || this.#dryRun) return isThere
    return this.#locked(() => {
      this.#requireInside(dirname(path))
      return this.#noted(key, null, () => removed(path))
    })
  }

  async #locked<T>(run: () => T): Promise<T> {
    if (this.#dryRun) return run()
    makeFolder(this.#tree.path)
    return this.#lock.hold(run)
  }

  #noted(key: StorageKey, after: Uint8Array | null, make: () => boolean): boolean {
    const path = this.#tree.fileOf(key)
    const settle = this.#note?.({ tree: this.#tree, key, path, before: contentOf(path) ?? null, after })
    let made = false
    try {
      made = make()
      return made
    } finally {
      settle?.(made)
    }
  }

  /** Makes the folder of a file, and removes what a killed process was writing there. */
  #prepare(path: string): void {
    const folder = dirname(path)
    makeFolder(folder)
    if (this.#tidied.has(folder)) return
    this.#requireInside(folder)
    this.#tidied.add(folder)
    removeAbandoned(folder, () => true)
  }

  /** Links to folders elsewhere are read; what is written through one would land where nobody expects it. */
  #requireInside(folder: string): void {
    const root = realpathSync(this.#tree.path)
    const real = realpathSync(folder)
    if (real === root || real.startsWith(root + sep)) return
    throw new ReadOnlyError(`${folder} is a link to ${real}, outside of the tree: nothing is written through it`)
  }

  /** @param seen what the file was when it was read. @returns false when it is another one by now */
  #put(path: string, bytes: Uint8Array, seen?: string): boolean {
    const file = new GrowingFile(path)
    try {
      file.write(bytes)
      let isSame = true
      file.finish({
        onlyIf: () => {
          isSame = seen === undefined || fileMark(path) === seen
          return isSame
        },
      })
      return isSame
    } catch (error) {
      file.abandon()
      throw error
    }
  }

  close(): void {
    this.#lock.close()
  }
}

/** @returns false where there is no file any more */
function removed(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw new OcvaultError('failed', `cannot remove ${path}: ${reasonOf(error)}`, { cause: error })
  }
}
