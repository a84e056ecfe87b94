import { homedir } from 'node:os'
import { join, posix, win32 } from 'node:path'

/**
 * Where ocvault keeps what is its own, of this person on this machine: `$XDG_DATA_HOME/ocvault`, never a folder of OpenCode's.
 */
export function ownDataFolder(env: Readonly<Record<string, string | undefined>> = process.env, home = homedir()): string {
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'ocvault')
}

/** The file of what this person has set: `$XDG_CONFIG_HOME/ocvault/config.json`. */
export function ownConfigFile(env: Readonly<Record<string, string | undefined>> = process.env, home = homedir()): string {
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'ocvault', 'config.json')
}

interface Person {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** Where ocvault keeps what can be had again: in the cache directory of the system. Deleting it costs nothing but time. */
export function ownCacheFolder(
  { platform, env, home }: Person = { platform: process.platform, env: process.env, home: homedir() },
): string {
  const { join: joined } = platform === 'win32' ? win32 : posix
  const usual = platform === 'darwin' ? joined(home, 'Library', 'Caches') : joined(home, '.cache')
  return joined(env.XDG_CACHE_HOME || (platform === 'win32' && env.LOCALAPPDATA) || usual, 'ocvault')
}
