import { closeSync, fstatSync, readSync } from 'node:fs'
import { openRegular } from '../base/regular.ts'

/** How long a database file is, and how long it says in its header that it should be, in bytes. */
export interface FileLength {
  readonly there: number
  readonly said: number
}

const headerBytes = 100
const databaseHead = 'SQLite format 3\0'

/**
 * The length of a database file of which the end is missing: a copy on a full disk, a download that broke off.
 * (https://sqlite.org/fileformat.html, 1.3)
 * @returns undefined for one that is as long as it says, or does not begin as a database does
 */
export function cutOffLength(path: string): FileLength | undefined {
  const file = openRegular(path)
  try {
    const header = Buffer.alloc(headerBytes)
    const read = readSync(file, header)
    if (header.toString('latin1', 0, databaseHead.length) !== databaseHead) return undefined
    const there = fstatSync(file).size
    const pageBytes = header.readUInt16BE(16)
    const said = read < headerBytes ? headerBytes : (pageBytes === 1 ? 65_536 : pageBytes) * header.readUInt32BE(28)
    return there < said ? { there, said } : undefined
  } finally {
    closeSync(file)
  }
}

/** What is said of such a file. */
export const cutOffWords = ({ there, said }: FileLength): string =>
  `is cut off: ${there.toLocaleString('en')} of its ${said.toLocaleString('en')} bytes are there`
