import { statSync } from 'node:fs'

/** What changes with a file, and stays with it when it gets another name; nothing where there is no file. */
export function fileMark(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}` : ''
}
