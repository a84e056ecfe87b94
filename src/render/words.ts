import { homedir } from 'node:os'
import { isInside, normalizeDirectory } from '../opencode/directories.ts'
import type { Tokens } from '../stores/store.ts'
import { safeLine } from './safe-text.ts'

/** Values in the words and numbers of a person. */

const two = (n: number) => String(n).padStart(2, '0')

const dayOf = (d: Date) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
const clockOf = (d: Date) => `${two(d.getHours())}:${two(d.getMinutes())}`

/** `2026-11-21`, local time. */
export const day = (ms: number): string => dayOf(new Date(ms))

/** `05:52`, local time. */
export const clock = (ms: number): string => clockOf(new Date(ms))

/** `2026-11-21 05:52`, local time. */
export function dateTime(ms: number): string {
  const d = new Date(ms)
  if (Number.isNaN(d.getTime())) return '????-??-?? ??:??' // a number that is no time, in a damaged or foreign record
  return `${dayOf(d)} ${clockOf(d)}`
}

/** `2026-11-21T05:52:03Z`; null for a number that is no time. */
export function isoTime(ms: number | null): string | null {
  if (ms === null || Number.isNaN(new Date(ms).getTime())) return null
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  const s = Math.round(ms / 1000)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/** `499 kB`, powers of 1000. */
export function fileSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let n = bytes
  let unit = 0
  for (; n >= 1000 && unit < units.length - 1; unit++) n /= 1000
  return `${n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`
}

/** `1,234,567`. Not `toLocaleString`, which loads its tables for 10 ms. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 message`, `1,200 messages`. */
export function count(n: number, noun: string): string {
  return `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`
}

export function tokenCount({ input, output, cache }: Tokens): string {
  return `${grouped(input + cache.read + cache.write)} tokens in, ${grouped(output)} out`
}

export function money(cost: number): string {
  return `$${cost.toFixed(cost > 0 && cost < 0.1 ? 4 : 2)}`
}

const ownHome = normalizeDirectory(homedir())

/** A path with the home directory as `~`, safe to print. */
export function shortPath(path: string, home = ownHome): string {
  const inside = home !== '/' && path.startsWith(home) && isInside(home, path)
  return safeLine(inside ? `~${path.slice(home.length)}` : path)
}

/** A title as a person reads it; sessions of 2.x may have none. */
export function titleOf(session: { title: string | null }): string {
  return safeLine(session.title ?? '') || '(no title)'
}
