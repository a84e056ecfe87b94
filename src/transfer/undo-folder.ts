import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where notes for `ocvault undo` are kept: `$XDG_DATA_HOME/ocvault/undo`, never a folder of OpenCode's. */
export function undoFolder(env: Readonly<Record<string, string | undefined>> = process.env, home = homedir()): string {
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'ocvault', 'undo')
}
