import { win32 } from 'node:path'

/**
 * A directory as text that can be joined and cut: forward slashes (1.16+ stores Windows paths so), no trailing slash, a
 * lower-case drive letter. Two spellings of one directory may still differ: {@link directoryKey} compares.
 */
export function normalizeDirectory(directory: string): string {
  const forward = /^[A-Za-z]:[\\/]/.test(directory) || directory.startsWith('\\\\') ? directory.replaceAll('\\', '/') : directory
  const drive = forward.replace(/^[A-Z]:/, (letter) => letter.toLowerCase())
  return drive.length > 1 ? drive.replace(/\/+$/, '') || '/' : drive
}

/** A drive's letter and what stands on the drive: as Windows has it, or as WSL and Cygwin mount it. */
const onDrive = /^(?:([A-Za-z]):(?=[\\/]|$)|\/(?:mnt|cygdrive)\/([A-Za-z])(?=\/|$))/

/** The drive's letter in lower case and the path from its root, if this is a directory of Windows, also as WSL mounts it. */
function driveAndPath(directory: string): { letter: string; path: string } | undefined {
  const drive = onDrive.exec(directory)
  if (!drive) return undefined
  // One slash before it: two would make it a share.
  const path = `/${directory.slice(drive[0].length).replace(/^[\\/]+/, '')}`
  return { letter: (drive[1] ?? drive[2])!.toLowerCase(), path }
}

const isShare = (directory: string) => directory.startsWith('\\\\') || directory.startsWith('//')

const forwardWindows = (path: string) => win32.normalize(path).replaceAll('\\', '/')

/** One form for all spellings of a directory, but for the case of its letters; a drive where WSL mounts it. */
function spelled(directory: string): { path: string; windows: boolean } {
  // `\\?\C:\…` and `\\?\UNC\server\share` are how Windows spells paths without a limit of length.
  const plain = directory.replace(/^[\\/]{2}[?.][\\/](?:UNC[\\/]|(?=[A-Za-z]:))/i, (prefix) => (/unc/i.test(prefix) ? '//' : ''))
  const drive = driveAndPath(plain)
  const path = drive
    ? `/mnt/${drive.letter}${forwardWindows(drive.path)}`
    : isShare(plain)
      ? forwardWindows(plain)
      : plain.replace(/\/{2,}/g, '/')
  return { path: path.length > 1 ? path.replace(/\/+$/, '') || '/' : path, windows: drive !== undefined || isShare(plain) }
}

/**
 * What two directories have in common if and only if they are one by their text, however releases and systems spell it: slashes,
 * trailing ones, the drive's letter, `C:\` and `/mnt/c`, and on Windows the case of every letter. No file is looked at: for links
 * see `RealDirectories`. To be compared, not to be shown or stored.
 */
export function directoryKey(directory: string): string {
  const { path, windows } = spelled(directory)
  return windows ? path.toLowerCase() : path
}

/** Whether the key of a directory is that of `parent` or of one below it. */
function isKeyInside(parent: string, key: string): boolean {
  return key === parent || key.startsWith(parent === '/' ? parent : `${parent}/`)
}

/** Whether `directory` is `parent` or lies below it. Both as OpenCode stored them; no file is looked at. */
export function isInside(parent: string, directory: string): boolean {
  return isKeyInside(directoryKey(parent), directoryKey(directory))
}

/** As {@link isInside} of any of these parents, for many directories. */
export function insideAny(parents: readonly string[]): (directory: string) => boolean {
  const keys = [...new Set(parents.map(directoryKey))]
  return (directory) => {
    const key = directoryKey(directory)
    return keys.some((parent) => isKeyInside(parent, key))
  }
}

/**
 * The way from `parent` down to `directory` in the letters of `directory`: `''` for itself, else `/a/b`. Undefined where it lies
 * elsewhere, and of a drive below `/`, which no path of Windows names.
 */
export function pathBelow(parent: string, directory: string): string | undefined {
  if (!isInside(parent, directory)) return undefined
  if (!directory.startsWith('/') && !spelled(parent).windows) return undefined
  const depth = (path: string) => (path === '/' ? 1 : path.split('/').length)
  const { path } = spelled(directory)
  return path
    .split('/')
    .slice(depth(directoryKey(parent)))
    .map((name) => (name === '' ? '' : `/${name}`))
    .join('')
}

/**
 * A directory as this machine names it: `C:\…` as WSL mounts it, `/mnt/c/…` as Windows has it. A path of Windows on a machine
 * without that drive stays as it is, since nothing here can be meant.
 * @param isThere whether a directory exists
 */
export function directoryHere(
  directory: string,
  isThere: (path: string) => boolean,
  platform: string = process.platform,
): string {
  const drive = driveAndPath(directory)
  if (!drive) return directory
  if (platform === 'win32') return directory.startsWith('/') ? `${drive.letter.toUpperCase()}:${drive.path}` : directory
  const mounted = `/mnt/${drive.letter}${drive.path.replaceAll('\\', '/')}`
  return !directory.startsWith('/') && isThere(mounted) ? mounted : directory
}

/** Whether this is an absolute path of Windows, which on another system names no file. */
export const isWindowsPath = (directory: string) => /^[A-Za-z]:(?:[\\/]|$)/.test(directory) || directory.startsWith('\\\\')
