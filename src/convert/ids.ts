import { createHash } from 'node:crypto'
import type { MessageID, PartID } from '../opencode/ids.ts'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const pattern = /^msg_([0-9a-f]{12})[0-9A-Za-z]{14}$/

/** Characters that follow from a text alone, so that converting twice gives the same ids. */
function tail(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest()
  return Array.from(digest.subarray(0, length), (byte) => base62[byte % 62]).join('')
}

/**
 * The id of a further message that one message turns into. OpenCode orders messages of one millisecond by id, and this one sorts
 * right before or behind.
 */
export function derivedMessageID(id: MessageID, place: 'before' | 'behind'): MessageID {
  const random = tail(`${id} ${place}`, 14)
  const match = pattern.exec(id)
  if (!match) return place === 'before' ? `msg_0${random}` : `${id}_${random}`
  const next = (BigInt(`0x${match[1]}`) + (place === 'before' ? -1n : 1n)) & ((1n << 48n) - 1n)
  return `msg_${next.toString(16).padStart(12, '0')}${random}`
}

/** The id of the part at this place in a message whose parts have none: ids of one message sort as its parts stand. */
export function derivedPartID(id: MessageID, index: number): PartID {
  const digits = [3, 2, 1, 0].map((power) => base62[Math.floor(index / 62 ** power) % 62]).join('')
  const time = pattern.exec(id)?.[1] ?? createHash('sha256').update(id).digest('hex').slice(0, 12)
  return `prt_${time}${digits}${tail(id, 10)}`
}

/** The id with the prefix that OpenCode asks for; nearly always the id itself. */
export function withPrefix(prefix: 'ses' | 'msg' | 'prt', id: string): string {
  return id.startsWith(prefix) ? id : `${prefix}_${id}`
}
