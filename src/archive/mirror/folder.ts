import { createHash } from 'node:crypto'
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { nameOfTemporary, writeAtomically, writingFailed } from '../../base/files.ts'

/** The folder in a mirror that is no part of the archive: what each machine knows, the lock, and files that grow. */
export const ownFolder = '.ocvault'

/** Where the states of the machines are. */
export const machinesFolder = `${ownFolder}/machines`

/** Where each machine notes what its running backup is about to do. */
export const journalFolder = `${ownFolder}/journal`

/** Where files grow before they are renamed into place. */
const growingFolder = `${ownFolder}/tmp`

/** A file that has grown, and is not in its place yet. */
export interface GrownFile {
  /** Where it is: an entry of the folder. */
  readonly growing: string
  readonly sha256: string
  readonly bytes: number
}

/**
 * The files of a mirror, by names below its folder, with `/`. All that a backup does to a mirror goes through here, so that it can be tried without
 * a disk, and stopped at each step.
 */
export interface MirrorFolder {
  /** Where a file is, for people. */
  pathOf(entry: string): string
  /** The names in a folder, sorted; none where there is no folder. */
  names(folder: string): string[]
  /** In bytes; undefined where there is no such file. */
  size(entry: string): number | undefined
  /** Its content, empty where there is none. */
  read(entry: string): Uint8Array
  /** Its SHA-256 in hex; undefined where there is no such file. */
  hash(entry: string): string | undefined
  /** Its content in blocks, each gone when the next is asked for. */
  blocks(entry: string): Iterable<Uint8Array>
  /** Writes a file that is not in its place yet. @param name one name is one file: the next one replaces it */
  grow(name: string, blocks: Iterable<Uint8Array>): GrownFile
  /** Puts a file into its place, in one step. */
  move(from: string, to: string): void
  /** Writes a small file whole or not at all. */
  write(entry: string, content: Uint8Array): void
  append(entry: string, text: string): void
  remove(entry: string): void
  /** Brings files to the disk itself, so that what is said of them is true after a power cut, too. */
  sync(entries: Iterable<string>): Promise<void>
}

/** How many files are brought to the disk at once. */
const syncsAtOnce = 16

const blockBytes = 2 ** 20

export class DiskFolder implements MirrorFolder {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  pathOf(entry: string): string {
    return join(this.#path, entry)
  }

  names(folder: string): string[] {
    return namesIn(this.pathOf(folder))
  }

  size(entry: string): number | undefined {
    const stat = statSync(this.pathOf(entry), { throwIfNoEntry: false })
    return stat?.isFile() ? stat.size : undefined
  }

  read(entry: string): Uint8Array {
    return this.size(entry) === undefined ? Buffer.alloc(0) : readFileSync(this.pathOf(entry))
  }

  hash(entry: string): string | undefined {
    if (this.size(entry) === undefined) return undefined
    const hash = createHash('sha256')
    for (const block of this.blocks(entry)) hash.update(block)
    return hash.digest('hex')
  }

  *blocks(entry: string): Iterable<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(blockBytes, Math.max(1, this.size(entry) ?? 0)))
    const file = openSync(this.pathOf(entry), 'r')
    try {
      for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) yield buffer.subarray(0, length)
    } finally {
      closeSync(file)
    }
  }

  grow(name: string, blocks: Iterable<Uint8Array>): GrownFile {
    const growing = `${growingFolder}/${name}`
    const path = this.pathOf(growing)
    const hash = createHash('sha256')
    let bytes = 0
    try {
      const file = openSync(path, 'w')
      try {
        for (const block of blocks) {
          hash.update(block)
          bytes += block.length
          for (let at = 0; at < block.length; ) at += writeSync(file, block, at)
        }
      } finally {
        closeSync(file)
      }
    } catch (error) {
      rmSync(path, { force: true })
      throw writingFailed(path, error)
    }
    return { growing, sha256: hash.digest('hex'), bytes }
  }

  move(from: string, to: string): void {
    this.#writing(to, (path) => renameSync(this.pathOf(from), path))
  }

  write(entry: string, content: Uint8Array): void {
    writeAtomically(this.pathOf(entry), [content])
  }

  append(entry: string, text: string): void {
    this.#writing(entry, (path) => appendFileSync(path, text))
  }

  remove(entry: string): void {
    rmSync(this.pathOf(entry), { force: true })
  }

  async sync(entries: Iterable<string>): Promise<void> {
    const rest = entries[Symbol.iterator]()
    const work = async () => {
      for (let next = rest.next(); !next.done; next = rest.next()) {
        // A file that a syncer or a person has removed meanwhile needs none.
        const file = await open(this.pathOf(next.value), 'r').catch(() => undefined)
        if (!file) continue
        try {
          await file.sync()
        } finally {
          await file.close()
        }
      }
    }
    await Promise.all(Array.from({ length: syncsAtOnce }, work))
  }

  #writing(entry: string, write: (path: string) => void): void {
    const path = this.pathOf(entry)
    try {
      write(path)
    } catch (error) {
      throw writingFailed(path, error)
    }
  }
}

/** The names in a folder, sorted; none where there is no folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new OcvaultError('failed', `cannot read ${folder}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Git must not change line ends: every byte counts. */
const gitAttributes = '* -text\n'
/** What is of no use on another machine. */
const gitIgnore = '/lock*\n/tmp/\n'

/**
 * Makes the folder of a mirror that its lock is in. Nothing else is written before the lock is held: the backup that holds it may be clearing away
 * what others left half-written.
 * @throws OcvaultError `failed` when the folder cannot be written, `refused` when it holds something else
 */
export function openMirror(mirror: string): void {
  const there = namesIn(mirror)
  const isOurs = there.length === 0 || there.includes(ownFolder) || there.includes('manifest.json')
  if (!isOurs && there.some((name) => !name.startsWith('.'))) {
    throw new OcvaultError('refused', `${mirror} holds other files; a mirror needs a folder of its own`)
  }
  try {
    if (there.length > 0) accessSync(mirror, constants.W_OK)
    mkdirSync(join(mirror, ownFolder), { recursive: true })
  } catch (error) {
    throw writingFailed(mirror, error)
  }
}

/**
 * Clears what a killed backup left half-written, and makes what every mirror has. To be called with the lock held.
 * @throws OcvaultError `failed` when the folder cannot be written
 */
export function prepareMirror(mirror: string): void {
  try {
    rmSync(join(mirror, growingFolder), { recursive: true, force: true })
    for (const folder of [machinesFolder, journalFolder, growingFolder, 'sessions', 'copies', 'blobs']) {
      mkdirSync(join(mirror, folder), { recursive: true })
    }
    for (const folder of [mirror, join(mirror, ownFolder), join(mirror, machinesFolder)]) {
      for (const name of namesIn(folder)) if (nameOfTemporary(name) !== undefined) rmSync(join(folder, name), { force: true })
    }
    for (const [name, content] of [
      ['.gitattributes', gitAttributes],
      [join(ownFolder, '.gitignore'), gitIgnore],
    ] as const) {
      if (statSync(join(mirror, name), { throwIfNoEntry: false }) === undefined) {
        writeAtomically(join(mirror, name), [Buffer.from(content)])
      }
    }
  } catch (error) {
    throw writingFailed(mirror, error)
  }
}
