import { createHash } from 'node:crypto'
import { canonicalJSON } from '../base/canonical-json.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../base/json.ts'

/** The key under which the session itself has its sum; no message is called so. */
const headKey = 'session'

/** Of a hash as many hexadecimal digits: one in 281,474,976,710,656 damages is not seen. */
const digits = 12

/** The sum of what is printed so. */
export const sumOfText = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, digits)

const sumOf = (value: unknown) => sumOfText(canonicalJSON(value))

const idOf = (message: unknown): string => textOf(objectOf(objectOf(message).info).id) ?? ''

/** The key and the sum of what a file says but its messages: by them a change is seen that nobody made who saves. */
export const headSum = (ours: unknown, info: JsonObject): [key: string, sum: string] => [headKey, sumOf([ours, info])]

/** The same of one message. */
export const messageSum = (message: unknown): [key: string, sum: string] => [idOf(message), sumOf(message)]

/**
 * In lines of their own, so that going on adds lines, and two who changed different messages are merged by git as they are
 * there.
 */
export const printSums = (sums: ReadonlyMap<string, string>): string =>
  `{\n${Array.from(sums, ([key, sum]) => `${JSON.stringify(key)}:"${sum}"`).join('\n,')}\n}`

/**
 * What of a file is not as it was saved, in words: edited by hand, merged, or damaged.
 * @param sums as the file has them; undefined in files of releases that did not write any
 */
export function changedSince(sums: unknown, now: ReadonlyMap<string, string>): string[] {
  if (sums === undefined) return []
  if (!isObject(sums)) return ['its list of sums']
  const changed: string[] = []
  const name = (key: string) => (key === headKey ? 'what it says of the session itself' : `message ${key}`)
  for (const [key, sum] of now) {
    if (!(key in sums)) changed.push(`${name(key)}, added since`)
    else if (sums[key] !== sum) changed.push(name(key))
  }
  const known = Object.keys(sums)
  for (const key of known) if (!now.has(key)) changed.push(`${name(key)}, missing`)
  const order = (keys: readonly string[]) => keys.filter((key) => now.has(key) && key in sums).join('\n')
  if (changed.length === 0 && order(known) !== order([...now.keys()])) changed.push('the order of its messages')
  return changed
}
