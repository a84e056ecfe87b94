import { closeSync, openSync, readSync } from 'node:fs'
import { OcvaultError, reasonOf } from './errors.ts'

/**
 * The first 32 bytes of a file, by which its kind is known, a letter each.
 * @throws OcvaultError `failed` when it cannot be read
 */
export function headOf(path: string): string {
  const head = Buffer.alloc(32)
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    return head.toString('latin1', 0, readSync(file, head))
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
