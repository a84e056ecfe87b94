import { createHash } from 'node:crypto'
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
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

/** Where the state of the machines is. */
export const machinesFolder = join(ownFolder, 'machines')

/** Where files grow before they are renamed into place. */
export const growingFolder = join(ownFolder, 'tmp')

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
  const there = existing(mirror)
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
    for (const folder of [machinesFolder, journalFolder, growingFolder]) mkdirSync(join(mirror, folder), { recursive: true })
    for (const folder of [mirror, join(mirror, ownFolder), join(mirror, machinesFolder)]) {
      for (const name of existing(folder)) if (nameOfTemporary(name) !== undefined) rmSync(join(folder, name), { force: true })
    }
    for (const [name, content] of [
      ['.gitattributes', gitAttributes],
      [join(ownFolder, '.gitignore'), gitIgnore],
    ] as const) {
      if (statSync(join(mirror, name), { throwIfNoEntry: false }) === undefined)
        writeAtomically(join(mirror, name), [Buffer.from(content)])
    }
  } catch (error) {
    throw writingFailed(mirror, error)
  }
}

/** Makes the folders of an archive, where they are missing. */
export function makeFolders(mirror: string): void {
  for (const folder of ['sessions', 'copies', 'blobs']) {
    try {
      mkdirSync(join(mirror, folder), { recursive: true })
    } catch (error) {
      throw writingFailed(join(mirror, folder), error)
    }
  }
}

/** The names in a folder; none where there is no folder. */
export function existing(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new OcvaultError('failed', `cannot read ${folder}: ${reasonOf(error)}`, { cause: error })
  }
}

/** The size of a file, undefined where there is none. */
export function sizeOf(path: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() ? stat.size : undefined
}

/** The content of a file, empty where there is none. */
export function readWhole(path: string): Buffer {
  return sizeOf(path) === undefined ? Buffer.alloc(0) : readFileSync(path)
}

/** The SHA-256 of a file in hex, undefined where there is none. */
export function hashOfFile(path: string): string | undefined {
  if (sizeOf(path) === undefined) return undefined
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(1 << 20)
  const file = openSync(path, 'r')
  try {
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) hash.update(buffer.subarray(0, length))
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}

/** How many files are brought to the disk at once. */
const atOnce = 16

/** Brings files to the disk itself, so that what is said of them is true after a power cut, too. */
export async function syncFiles(paths: Iterable<string>): Promise<void> {
  const rest = paths[Symbol.iterator]()
  const work = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) {
      // A file that a syncer or a person has removed meanwhile needs none.
      const file = await open(next.value, 'r').catch(() => undefined)
      if (!file) continue
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

const journalFolder = join(ownFolder, 'journal')

/**
 * What a running backup is about to do, a line each, written before it is done. After a kill it tells which files are as the manifest says, and
 * which are as they were to become.
 */
export class Journal {
  readonly #path: string
  #file: number | undefined

  constructor(mirror: string, machine: string) {
    this.#path = join(mirror, journalFolder, `${machine}.jsonl`)
  }

  /** Every line that was written whole. */
  lines(): unknown[] {
    return parsedLines(this.#path)
  }

  add(line: object): void {
    try {
      this.#file ??= openSync(this.#path, 'a')
      // The line end first: it ends what a killed backup may have left of a line.
      appendFileSync(this.#file, `\n${JSON.stringify(line)}\n`)
    } catch (error) {
      throw writingFailed(this.#path, error)
    }
  }

  sync(): void {
    if (this.#file !== undefined) fsyncSync(this.#file)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  /** Everything is done. */
  clear(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }
}

/** The journals in a mirror, of every machine; none when each backup ended. */
export function journals(mirror: string): [machine: string, lines: unknown[]][] {
  return existing(join(mirror, journalFolder))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => [name.slice(0, -'.jsonl'.length), parsedLines(join(mirror, journalFolder, name))])
}

function parsedLines(path: string): unknown[] {
  if (sizeOf(path) === undefined) return []
  const lines: unknown[] = []
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue
    try {
      lines.push(JSON.parse(line))
    } catch {
      // The last line of a killed backup: what it announced was not done.
    }
  }
  return lines
}

/** Writes a file that grows elsewhere, and is not in place yet. @returns its hash and size */
export function writeGrowing(path: string, blocks: Iterable<Uint8Array>): { readonly sha256: string; readonly bytes: number } {
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
  return { sha256: hash.digest('hex'), bytes }
}
