import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'

/** A program that has a file open. */
export interface Holder {
  readonly pid: number
  /** As it calls itself. */
  readonly name: string
}

/** Whether this system tells which program has a file open. */
export const knowsHolders = (): boolean => existsSync('/proc/self/fd')

const identityOf = (path: string): string | undefined => {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined // gone, or of another user
  }
}

/**
 * Who has one of these files open, under whatever name, but not this process: on Linux, as far as this user may know. Elsewhere
 * nobody is found, and only a lock tells that somebody has.
 */
export function holdersOf(paths: readonly string[]): Holder[] {
  const wanted = new Set(paths.map(identityOf).filter((identity) => identity !== undefined))
  if (wanted.size === 0 || !knowsHolders()) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => descriptorsOf(pid).some((descriptor) => wanted.has(identityOf(descriptor) ?? '')))
    .map((pid) => ({ pid: Number(pid), name: nameOf(pid) }))
}

function descriptorsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((descriptor) => `/proc/${pid}/fd/${descriptor}`)
  } catch {
    return []
  }
}

function nameOf(pid: string): string {
  try {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return basename(program) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return '?'
  }
}
