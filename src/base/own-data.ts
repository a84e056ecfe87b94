import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where ocvault keeps what is its own, of this person on this machine: `$XDG_DATA_HOME/ocvault`, never a folder of OpenCode's.
 */
export function ownDataFolder(env: Readonly<Record<string, string | undefined>> = process.env, home = homedir()): string {
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'ocvault')
}
