import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Everything that can be told about the files below a directory: names, bytes, times. A directory's own time tells of files that
 * came and went in between. Two fingerprints are equal only if nothing was written.
 */
export function fingerprint(directory: string): Record<string, string> {
  const entries: Record<string, string> = {}
  const visit = (path: string) => {
    const stat = lstatSync(path, { bigint: true })
    const name = relative(directory, path) || '.'
    const hash = stat.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
    entries[name] = `${stat.ino} ${stat.mode} ${stat.mtimeNs} ${hash}`
    if (stat.isDirectory()) for (const child of readdirSync(path).sort()) visit(join(path, child))
  }
  visit(directory)
  return entries
}
