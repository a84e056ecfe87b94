import { randomBytes } from 'node:crypto'
import { closeSync, linkSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { OcvaultError } from './errors.ts'

/** A place beside a file where its new content grows: a name in the same folder, so that a rename puts it in place at once. */
export const temporaryBeside = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 40)}.${randomBytes(6).toString('hex')}.tmp`)

/** The name that such a file was to have, of which the end may be missing; undefined for any other. */
export const nameOfTemporary = (entry: string): string | undefined => /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(entry)?.[1]

/** A file that is still growing is not older than this, in ms. */
const abandonedAfter = 3_600_000

/**
 * Removes what killed processes have left where they were writing.
 * @param isOurs by {@link nameOfTemporary}
 */
export function removeAbandoned(folder: string, isOurs: (name: string) => boolean): void {
  try {
    for (const entry of readdirSync(folder)) {
      const name = nameOfTemporary(entry)
      if (name === undefined || !isOurs(name)) continue
      const path = join(folder, entry)
      if (Date.now() - statSync(path).mtimeMs > abandonedAfter) rmSync(path, { force: true })
    }
  } catch {
    // A folder that cannot be read or written is told of where it matters.
  }
}

/** What went wrong with a file that is ours to write, for a person; anything else as it is. */
export function writingFailed(path: string, error: unknown): unknown {
  const isSystem = error instanceof Error && 'syscall' in error
  return isSystem ? new OcvaultError('failed', `cannot write ${path}: ${error.message}`, { cause: error }) : error
}

/**
 * Writes a file whole or not at all: what stood there before stays until the last byte is written.
 * @throws OcvaultError `failed`; and what reading the blocks throws
 */
export function writeAtomically(path: string, blocks: Iterable<Uint8Array>): void {
  growBeside(path, blocks, (temporary) => renameSync(temporary, path))
}

/**
 * Writes a file whole or not at all, unless there is one: of several processes the first one writes it.
 * @throws as {@link writeAtomically}
 */
export function writeIfAbsent(path: string, blocks: Iterable<Uint8Array>): void {
  growBeside(path, blocks, (temporary) => {
    try {
      linkSync(temporary, path)
    } catch (error) {
      // Some file systems have no hard links. There the last one writes it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return renameSync(temporary, path)
    }
    rmSync(temporary, { force: true })
  })
}

function growBeside(path: string, blocks: Iterable<Uint8Array>, putInPlace: (temporary: string) => void): void {
  const temporary = temporaryBeside(path)
  try {
    const file = openSync(temporary, 'wx')
    try {
      for (const block of blocks) for (let at = 0; at < block.length; ) at += writeSync(file, block, at)
    } finally {
      closeSync(file)
    }
    putInPlace(temporary)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw writingFailed(path, error)
  }
}
