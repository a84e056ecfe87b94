import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'

/** A program that has a file open. */
export interface Holder {
  readonly pid: number
  /** As it calls itself. */
  readonly name: string
}

/**
 * Who has one of these files open, but not this process: on Linux, as far as this user may know. Elsewhere nobody is found, and
 * only a lock tells that somebody has.
 */
export function holdersOf(paths: readonly string[]): Holder[] {
  if (!existsSync('/proc/self/fd')) return []
  const wanted = new Set(paths.filter((path) => existsSync(path)).map((path) => realpathSync(path)))
  if (wanted.size === 0) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => openFilesOf(pid).some((file) => wanted.has(file)))
    .map((pid) => ({ pid: Number(pid), name: nameOf(pid) }))
}

function openFilesOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
  } catch {
    return [] // of another user, or over meanwhile
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
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
