import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/** What others may write into a folder can be changed by them, unless only its owner may rename what is there. */
const sticky = 0o1000

/** Whether nobody but this user and root can put something else into the place of a folder, or of one above it. */
function isOurs(folder: string, user: number): boolean {
  for (let at = folder; ; at = dirname(at)) {
    const stat = lstatSync(at)
    if (!stat.isDirectory() || (stat.uid !== user && stat.uid !== 0)) return false
    // A group with the number of the user is, as distributions make it, the user's alone.
    const others = stat.gid === user && stat.uid === user ? 0o002 : 0o022
    if ((stat.mode & others) !== 0 && (stat.mode & sticky) === 0) return false
    if (dirname(at) === at) return true
  }
}

const isPrivate = (stat: Stats, user: number) => stat.uid === user && (stat.mode & 0o077) === 0

/**
 * A folder for compiled code, so that a start need not compile it again; undefined where none can be had that is this user's
 * alone: whoever can write into it decides what the next start runs. Node's own choice is one in the folder for temporary
 * files, which belongs to whoever was first to make it.
 */
export function compileCacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  try {
    const cache = env.XDG_CACHE_HOME || (process.platform === 'win32' && env.LOCALAPPDATA) || join(homedir(), '.cache')
    // From an empty HOME: where one stands is nobody's cache, and may be a stranger's repository.
    if (!isAbsolute(cache)) return undefined
    const folder = join(cache, 'ocvault', 'code')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const user = process.geteuid?.()
    // Windows: the folders of a user are closed to others.
    if (user === undefined) return folder
    const real = realpathSync(folder)
    return isPrivate(lstatSync(folder), user) && isOurs(real, user) ? real : undefined
  } catch {
    return undefined
  }
}
