import { isoTime } from '../../words.ts'

/** A time for people and programs, in UTC; nothing for a number that is no time. */
export function timeElement(ms: number | null): string {
  const iso = isoTime(ms)
  return iso === null ? '' : `<time datetime="${iso}">${iso.replace('T', ' ').replace(/:\d\dZ$/, '')}</time>`
}
