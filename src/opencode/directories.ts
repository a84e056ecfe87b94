/**
 * A directory in the one form that comparisons use: forward slashes (1.16+ stores Windows paths so), no trailing slash,
 * a lower-case drive letter.
 */
export function normalizeDirectory(directory: string): string {
  const forward = /^[A-Za-z]:[\\/]/.test(directory) || directory.startsWith('\\\\') ? directory.replaceAll('\\', '/') : directory
  const drive = forward.replace(/^[A-Z]:/, (letter) => letter.toLowerCase())
  return drive.length > 1 ? drive.replace(/\/+$/, '') || '/' : drive
}

/** Whether `directory` is `parent` or lies below it. Both as OpenCode stored them; no file is looked at. */
export function isInside(parent: string, directory: string): boolean {
  const p = normalizeDirectory(parent)
  const d = normalizeDirectory(directory)
  return d === p || d.startsWith(p === '/' ? p : `${p}/`)
}
