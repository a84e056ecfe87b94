import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs'
import { OcvaultError, reasonOf } from './errors.ts'

/**
 * Reading of regular files. Anything else that has a name may wait for ever (a FIFO, a terminal), never end (a device), or do
 * something.
 */

const headBytes = 32
const blockBytes = 65_536

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder'
  if (stat.isFIFO()) return 'a pipe'
  if (stat.isSocket()) return 'a socket'
  return 'a device'
}

/** @throws OcvaultError `failed` for what is there and no regular file; and the system's errors */
export function requireRegular(path: string): void {
  refuse(path, statSync(path))
}

function refuse(path: string, stat: Stats): void {
  if (!stat.isFile()) throw new OcvaultError('failed', `cannot read ${path}: it is ${kindOf(stat)}, and no regular file`)
}

/**
 * Opens a regular file for reading, and nothing else. The caller closes it.
 * @param links whether a link is followed; one that is not ends in the system's ELOOP
 * @throws OcvaultError `failed` for what is no regular file; and the system's errors
 */
export function openRegular(path: string, { links = true } = {}): number {
  // Looked at before, because opening a device can do something; and after, because it may have become another one.
  if (links) requireRegular(path)
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (links ? 0 : (constants.O_NOFOLLOW ?? 0)))
  try {
    refuse(path, fstatSync(file))
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

/**
 * The whole content of a regular file.
 * @throws as {@link openRegular}
 */
export function readRegular(path: string): Buffer<ArrayBuffer> {
  const file = openRegular(path)
  try {
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * A regular file in blocks, each gone when the next is asked for.
 * @throws as {@link openRegular}, with the first block
 */
export function* blocksOfFile(path: string, options?: { readonly links?: boolean }): Iterable<Uint8Array> {
  const file = openRegular(path, options)
  try {
    const buffer = Buffer.alloc(blockBytes)
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) yield buffer.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

/**
 * The first 32 bytes of a file, by which its kind is known, a letter each.
 * @throws OcvaultError `failed` when it cannot be read, or is no regular file
 */
export function headOf(path: string): string {
  let file: number | undefined
  try {
    file = openRegular(path)
    const head = Buffer.alloc(headBytes)
    return head.toString('latin1', 0, readSync(file, head))
  } catch (error) {
    if (error instanceof OcvaultError) throw error
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
