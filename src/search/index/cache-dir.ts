import { posix, win32 } from 'node:path'
import type { Machine } from '../../opencode/data-dirs.ts'

/** Where indexes are kept: the cache directory of the system, never OpenCode's own folders. Deleting it costs nothing but time. */
export function indexFolder({ platform, env, home }: Machine): string {
  const { join } = platform === 'win32' ? win32 : posix
  const usual = platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache')
  const cache = env.XDG_CACHE_HOME || (platform === 'win32' && env.LOCALAPPDATA) || usual
  return join(cache, 'ocvault', 'search')
}
