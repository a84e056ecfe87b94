import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PluginOptions } from './options.ts'

/**
 * The command line that the plugin came with. It runs in a process of its own: OpenCode runs in Bun, which has no `node:sqlite`,
 * and whatever a question takes, OpenCode's own process does not wait for it.
 */
function program({ command }: PluginOptions): readonly string[] {
  if (command) return command
  const node = 'bun' in process.versions ? 'node' : process.execPath
  return [node, fileURLToPath(new URL('../main.js', import.meta.url))]
}

export const answering = (options: PluginOptions): readonly string[] => [...program(options), 'mcp']

export const backingUp = (options: PluginOptions, folder: string): readonly string[] => [
  ...program(options),
  'backup',
  '--all',
  '--quiet',
  '--to',
  folder.replace(/^~(?=$|[\\/])/, () => join(homedir())),
]
