import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { OcvaultError } from './errors.ts'
import { removeAbandoned, temporaryBeside } from './temporary.ts'
import { unfinishedUntil } from './unfinished.ts'

/**
 * Who may read a file or folder that is made: `private`, its owner alone (0600, 0700), as is right for all that holds
 * transcripts; `shared`, whom the umask lets. What is replaced keeps its own mode.
 */
export type Access = 'private' | 'shared'

export interface WriteOptions {
  /** Default `private`. */
  readonly access?: Access
  /** False where the caller brings many files to the disk at once, with {@link syncFiles}. Default true. */
  readonly sync?: boolean
}

const fileMode = (access: Access) => (access === 'private' ? 0o600 : 0o666)
const folderMode = (access: Access) => (access === 'private' ? 0o700 : 0o777)

/** What went wrong with a file that is ours to write, for a person; anything else as it is. */
export function writingFailed(path: string, error: unknown): unknown {
  const isSystem = error instanceof Error && 'syscall' in error
  return isSystem ? new OcvaultError('failed', `cannot write ${path}: ${error.message}`, { cause: error }) : error
}

/**
 * Makes a folder, and those above it, where they are missing. One that is there keeps its mode.
 * @throws OcvaultError `failed`
 */
export function makeFolder(path: string, access: Access = 'private'): void {
  try {
    mkdirSync(path, { recursive: true, mode: folderMode(access) })
  } catch (error) {
    throw writingFailed(path, error)
  }
}

function writeAll(file: number, block: Uint8Array): void {
  for (let at = 0; at < block.length; ) at += writeSync(file, block, at)
}

const bufferBytes = 262_144
/** Blocks from here on are written as they are. */
const longBlockBytes = 32_768

/**
 * A file that grows beside its place, and stands there only when its last byte is on the disk: what was there before stays until
 * then.
 */
export class GrowingFile {
  readonly path: string
  readonly #temporary: string
  readonly #sync: boolean
  #file: number | undefined
  /** Short blocks gather here: many of them go into one write. */
  #buffer: Buffer | undefined
  #filled = 0
  #forget = () => {}

  /** @throws OcvaultError `failed` */
  constructor(path: string, { access = 'private', sync = true }: WriteOptions = {}) {
    this.path = path
    this.#temporary = temporaryBeside(path)
    this.#sync = sync
    this.#try(() => {
      const before = statSync(path, { throwIfNoEntry: false })
      this.#file = openSync(this.#temporary, 'wx', before ? 0o600 : fileMode(access))
      this.#forget = unfinishedUntil(() => rmSync(this.#temporary, { force: true }))
      if (before?.isFile()) likeBefore(this.#temporary, before)
    })
  }

  #try<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw writingFailed(this.path, error)
    }
  }

  /** @throws OcvaultError `failed`, for a full disk too */
  write(block: Uint8Array): void {
    this.#try(() => {
      const file = this.#opened
      if (block.length >= longBlockBytes || this.#filled + block.length > bufferBytes) this.#flush()
      if (block.length >= longBlockBytes) {
        writeAll(file, block)
        return
      }
      this.#buffer ??= Buffer.allocUnsafeSlow(bufferBytes)
      this.#buffer.set(block, this.#filled)
      this.#filled += block.length
    })
  }

  #flush(): void {
    if (this.#buffer && this.#filled > 0) writeAll(this.#opened, this.#buffer.subarray(0, this.#filled))
    this.#filled = 0
  }

  get #opened(): number {
    if (this.#file === undefined) throw new Error(`${this.path} was ended before`)
    return this.#file
  }

  /**
   * Brings all of it to the disk: nothing can be added any more. For who puts several files in place together.
   * @throws OcvaultError `failed`
   */
  complete(): void {
    if (this.#file === undefined) return
    this.#try(() => {
      this.#flush()
      this.#buffer = undefined
      if (this.#sync) fsyncSync(this.#opened)
      this.#close()
    })
  }

  /**
   * Puts the file in its place.
   * @param unlessThere leaves a file alone that somebody has put there meanwhile
   * @param onlyIf is asked in the last moment; after a no nothing is left behind
   * @throws OcvaultError `failed`
   */
  finish({ unlessThere = false, onlyIf }: { readonly unlessThere?: boolean; readonly onlyIf?: () => boolean } = {}): void {
    this.complete()
    this.#try(() => {
      if (onlyIf?.() === false) {
        this.abandon()
        return
      }
      if (unlessThere) putIfAbsent(this.#temporary, this.path)
      else renameSync(this.#temporary, this.path)
      this.#forget()
      if (this.#sync) syncFolder(dirname(this.path))
    })
  }

  /** Leaves nothing behind; does nothing after {@link finish}. */
  abandon(): void {
    this.#close()
    rmSync(this.#temporary, { force: true })
    this.#forget()
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

/** Gives a new file the mode of the one that it replaces; and its owner, where that is somebody else and the system allows it. */
function likeBefore(path: string, before: { mode: number; uid: number; gid: number }): void {
  const now = statSync(path)
  try {
    if (now.uid !== before.uid || now.gid !== before.gid) chownSync(path, before.uid, before.gid)
  } catch {
    return // it stays private: its mode was meant for others
  }
  chmodSync(path, before.mode & 0o777)
}

function putIfAbsent(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch (error) {
    // Some file systems have no hard links. There the last one writes it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(temporary, path)
  }
  rmSync(temporary, { force: true })
}

/**
 * Writes a file whole or not at all, and so that it outlasts a power cut: what stood there before stays until the last byte is on
 * the disk.
 * @throws OcvaultError `failed`; and what reading the blocks throws
 */
export function writeAtomically(path: string, blocks: Iterable<Uint8Array>, options?: WriteOptions): void {
  grow(path, blocks, options, false)
}

/**
 * Writes a file whole or not at all, unless there is one: of several processes the first one writes it.
 * @throws as {@link writeAtomically}
 */
export function writeIfAbsent(path: string, blocks: Iterable<Uint8Array>, options?: WriteOptions): void {
  grow(path, blocks, options, true)
}

function grow(path: string, blocks: Iterable<Uint8Array>, options: WriteOptions | undefined, unlessThere: boolean): void {
  // What a killed process has left of this file. Where thousands are written quickly their folders are looked at by whoever does.
  if (options?.sync !== false) removeAbandoned(dirname(path), (name) => basename(path).startsWith(name))
  const file = new GrowingFile(path, options)
  try {
    for (const block of blocks) file.write(block)
    file.finish({ unlessThere })
  } catch (error) {
    file.abandon()
    throw error
  }
}

/**
 * Writes a file that nobody looks for yet, without bringing it to the disk: for {@link putInPlace}. After a failure there is
 * none.
 * @throws OcvaultError `failed`; and what reading the blocks throws
 */
export function writeUnplaced(path: string, blocks: Iterable<Uint8Array>, access: Access = 'private'): void {
  try {
    const file = openSync(path, 'w', fileMode(access))
    try {
      for (const block of blocks) writeAll(file, block)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    rmSync(path, { force: true })
    throw writingFailed(path, error)
  }
}

/**
 * Moves a file to where it is looked for, in the same file system, replacing what is there. Until {@link syncFiles} a power cut
 * may undo it.
 * @throws OcvaultError `failed`
 */
export function putInPlace(from: string, path: string): void {
  try {
    renameSync(from, path)
  } catch (error) {
    throw writingFailed(path, error)
  }
}

/**
 * Gives a file or folder another name in the same file system, where nothing stands yet, for good: it survives a power cut.
 * @throws OcvaultError `failed`
 */
export function moveForGood(from: string, to: string): void {
  makeFolder(dirname(to))
  try {
    // A rename would take the place of a file, or of an empty folder.
    if (lstatSync(to, { throwIfNoEntry: false })) throw new OcvaultError('failed', `cannot move ${from}: ${to} is there already`)
    renameSync(from, to)
  } catch (error) {
    throw writingFailed(to, error)
  }
  for (const folder of new Set([dirname(to), dirname(from)])) syncFolder(folder)
}

/**
 * Puts a file in the place of another one, which keeps a further name: at no moment is there none. Both are on the disk before,
 * and so are the names afterwards.
 * @param kept a name in the same folder that nothing has
 * @throws OcvaultError `failed`, with nothing changed
 */
export function replaceKeeping(from: string, path: string, kept: string): void {
  try {
    syncFilesNow([from])
    linkSync(path, kept)
    syncFolder(dirname(path))
    renameSync(from, path)
    syncFolder(dirname(path))
  } catch (error) {
    throw writingFailed(path, error)
  }
}

/**
 * Puts a file in the place of another one, which is gone then, for good.
 * @throws OcvaultError `failed`
 */
export function replaceForGood(from: string, path: string): void {
  putInPlace(from, path)
  syncFolder(dirname(path))
}

/**
 * Makes an empty file that the same people may read and write as another one.
 * @throws OcvaultError `failed`
 */
export function makeLike(path: string, other: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    likeBefore(path, statSync(other))
  } catch (error) {
    throw writingFailed(path, error)
  }
}

/** How many files are brought to the disk at once. */
const filesAtOnce = 16

/** Windows brings only what is open for writing to the disk. */
const forSync = process.platform === 'win32' ? 'r+' : 'r'

/** Brings files and their names to the disk itself, so that what is said of them is true after a power cut, too. */
export async function syncFiles(paths: Iterable<string>): Promise<void> {
  // Loaded with the first files: whatever only reads needs none of it.
  const { open } = await import('node:fs/promises')
  const folders = new Set<string>()
  const rest = paths[Symbol.iterator]()
  const work = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) {
      folders.add(dirname(next.value))
      // A file that a syncer or a person has removed meanwhile needs none.
      const file = await open(next.value, forSync).catch(() => undefined)
      if (!file) continue
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    }
  }
  await Promise.all(Array.from({ length: filesAtOnce }, work))
  for (const folder of folders) syncFolder(folder)
}

/** The same, where nothing can be waited for: for few files. */
export function syncFilesNow(paths: Iterable<string>): void {
  const folders = new Set<string>()
  for (const path of paths) {
    folders.add(dirname(path))
    const file = openSync(path, forSync)
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
  for (const folder of folders) syncFolder(folder)
}

/** So that new names survive a power cut; where folders cannot be opened (Windows) the system sees to it. */
function syncFolder(folder: string): void {
  let opened: number | undefined
  try {
    opened = openSync(folder, 'r')
    fsyncSync(opened)
  } catch {
    // not possible here
  } finally {
    if (opened !== undefined) closeSync(opened)
  }
}
