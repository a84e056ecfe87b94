import { createHash } from 'node:crypto'
import { accessSync, appendFileSync, constants, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { makeFolder, putInPlace, syncFiles, writeAtomically, writeUnplaced, writingFailed } from '../../base/files.ts'
import { blocksOfFile, readRegular } from '../../base/regular.ts'
import { nameOfTemporary } from '../../base/temporary.ts'
import { ownFolder } from '../format/names.ts'

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
 * The files of a mirror, by names below its folder, with `/`. All that a backup does to a mirror goes through here, so that it
 * can be tried without a disk, and stopped at each step.
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
    return this.size(entry) === undefined ? Buffer.alloc(0) : readRegular(this.pathOf(entry))
  }

  hash(entry: string): string | undefined {
    if (this.size(entry) === undefined) return undefined
    const hash = createHash('sha256')
    for (const block of this.blocks(entry)) hash.update(block)
    return hash.digest('hex')
  }

  blocks(entry: string): Iterable<Uint8Array> {
    return blocksOfFile(this.pathOf(entry))
  }

  grow(name: string, blocks: Iterable<Uint8Array>): GrownFile {
    const growing = `${growingFolder}/${name}`
    const hash = createHash('sha256')
    let bytes = 0
    const counted = function* () {
      for (const block of blocks) {
        hash.update(block)
        bytes += block.length
        yield block
      }
    }
    writeUnplaced(this.pathOf(growing), counted())
    return { growing, sha256: hash.digest('hex'), bytes }
  }

  move(from: string, to: string): void {
    putInPlace(this.pathOf(from), this.pathOf(to))
  }

  write(entry: string, content: Uint8Array): void {
    writeAtomically(this.pathOf(entry), [content])
  }

  append(entry: string, text: string): void {
    const path = this.pathOf(entry)
    try {
      appendFileSync(path, text, { mode: 0o600 })
    } catch (error) {
      throw writingFailed(path, error)
    }
  }

  remove(entry: string): void {
    rmSync(this.pathOf(entry), { force: true })
  }

  async sync(entries: Iterable<string>): Promise<void> {
    await syncFiles(Iterator.from(entries).map((entry) => this.pathOf(entry)))
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
 * Makes the folder of a mirror that its lock is in. Nothing else is written before the lock is held: the backup that holds it may
 * be clearing away what others left half-written.
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
    makeFolder(join(mirror, ownFolder))
  } catch (error) {
    throw writingFailed(mirror, error)
  }
}

/** Removes what is not in its place yet. */
export function clearGrowing(mirror: string): void {
  rmSync(join(mirror, growingFolder), { recursive: true, force: true })
}

/**
 * Clears what a killed backup left half-written, and makes what every mirror has. To be called with the lock held.
 * @throws OcvaultError `failed` when the folder cannot be written
 */
export function prepareMirror(mirror: string): void {
  try {
    clearGrowing(mirror)
    for (const folder of [machinesFolder, journalFolder, growingFolder, 'sessions', 'copies', 'blobs']) {
      makeFolder(join(mirror, folder))
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
