/** A session id, `ses_` + 12 hex + 14 base62. Only the prefix is checked by OpenCode, so any text can come along. */
export type SessionID = string
/** A message id, `msg_…`, in the same form. */
export type MessageID = string
/** A part id, `prt_…`, in the same form. */
export type PartID = string

const prefixes = { session: 'ses', message: 'msg', part: 'prt' } as const
type Prefix = (typeof prefixes)[keyof typeof prefixes]

/**
 * Ids keep 36 bits of the millisecond clock, so they wrap every 2^36 ms (795 days); the last wrap was 2026-08-14T11:19:55.136Z.
 */
const era = 2 ** 36
const day = 86_400_000
const mask = (1n << 48n) - 1n
const pattern = /^([a-z]+)_([0-9a-f]{12})[0-9A-Za-z]{14}$/
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * The time that an id carries, in ms since the epoch, or undefined for an id that OpenCode did not make.
 * Takes the newest era that is not in the future of `now`; a stored `time.created` is always better where there is one.
 * Encoding: every release from 0.0 to 1.19; session ids hold the complement, so that they sort newest first.
 */
export function timeOfID(id: string, now = Date.now()): number | undefined {
  const match = pattern.exec(id)
  if (!match) return undefined
  let value = BigInt(`0x${match[2]}`)
  if (match[1] === prefixes.session) value = ~value & mask
  const low = Number(value >> 12n)
  const time = Math.floor(now / era) * era + low
  return time > now + day ? time - era : time
}

/**
 * Makes an id as OpenCode does.
 * @param time ms since the epoch
 * @param counter 0…4095, the running number within that millisecond
 * @param random 14 numbers in [0, 1)
 */
export function makeID(
  prefix: Prefix,
  time: number,
  counter = 1,
  random: readonly number[] = Array.from({ length: 14 }, Math.random),
): string {
  let value = (BigInt(time) * 4096n + BigInt(counter)) & mask
  if (prefix === prefixes.session) value = ~value & mask
  const tail = random.slice(0, 14).map((r) => base62[Math.floor(r * 62)])
  return `${prefix}_${value.toString(16).padStart(12, '0')}${tail.join('')}`
}

/**
 * Whether an id can stand in a file path without leaving its folder: no separators, no `..`, no control characters, not too long.
 */
export function isPathSafe(id: string): boolean {
  return id.length > 0 && id.length <= 200 && !/[/\\:\0-\x1f\x7f]/.test(id) && id !== '.' && id !== '..'
}
