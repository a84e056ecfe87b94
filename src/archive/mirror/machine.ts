import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { makeFolder, writeAtomically, writeIfAbsent, writingFailed } from '../../base/files.ts'
import { readRegular } from '../../base/regular.ts'
import { removeAbandoned } from '../../base/temporary.ts'

/**
 * The name of this machine in every mirror: the host's, and some random digits, because names change and are not unique. Made
 * once, and kept beside the notes of `ocvault undo`: so a home that two hosts share is one machine, as the stores in it are.
 * @param folder of ocvault's own data
 * @throws OcvaultError `failed` when it cannot be written down
 */
export function machineName(folder: string): string {
  const path = join(folder, 'machine')
  removeAbandoned(folder, (name) => name === 'machine')
  const known = nameIn(path)
  if (known !== undefined) return known
  const host = hostname()
    .split('.')[0]!
    .replace(/[^0-9A-Za-z]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  const name = `${host || 'machine'}-${randomBytes(4).toString('hex')}`
  const content = [Buffer.from(`${name}\n`)]
  makeFolder(folder)
  writeIfAbsent(path, content)
  const first = nameIn(path)
  if (first !== undefined) return first
  // What is there is no name.
  writeAtomically(path, content)
  return name
}

function nameIn(path: string): string | undefined {
  try {
    const name = readRegular(path).toString().trim()
    return /^[0-9A-Za-z-]{1,80}$/.test(name) ? name : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw writingFailed(path, error)
  }
}
