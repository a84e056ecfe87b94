import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../api/config.ts'

/**
 * The command line that the plugin came with. It runs in a process of its own: OpenCode runs in Bun, which has no `node:sqlite`,
 * and whatever a question takes, OpenCode's own process does not wait for it.
 */
export function program(): readonly string[] {
  const node = 'bun' in process.versions ? 'node' : process.execPath
  return [node, fileURLToPath(new URL('../main.js', import.meta.url))]
}

export const answering = (words: readonly string[]): readonly string[] => [...words, 'mcp']

/**
 * What brings a backup up to date. Null for a folder that this person has not set as an archive of theirs: OpenCode's
 * configuration may come with a repository, and shall not say where all sessions of a machine are written.
 */
export function backingUp(words: readonly string[], folder: string): readonly string[] | null {
  const path = resolve(folder.replace(/^~(?=$|[\\/])/, () => join(homedir())))
  if (!(readConfig().archives ?? []).includes(path)) return null
  return [...words, 'backup', '--all', '--quiet', '--to', path]
}
