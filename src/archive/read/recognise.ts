import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { headOf } from '../../base/regular.ts'
import { manifestName, ownFolder } from '../format/names.ts'

/** Whether a file begins as age has it; one that cannot be read does not, and who opens it says why. */
export const isEncrypted = (path: string): boolean => /^(age-encryption\.org\/|-----BEGIN AGE)/.test(beginningOf(path))

/** Whether a file or folder is an archive, or was one before it was damaged; asked of every root, so it costs a look. */
export function isArchive(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile()) return beginningOf(path).startsWith('PK') || isEncrypted(path)
  if (!stat?.isDirectory()) return false
  return existsSync(join(path, ownFolder)) || beginningOf(join(path, manifestName)).includes('ocvault-archive')
}

function beginningOf(path: string): string {
  try {
    return headOf(path)
  } catch {
    return ''
  }
}
