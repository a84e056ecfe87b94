import type { MessageID } from '../../opencode/ids.ts'
import type { SessionHeader } from '../../stores/store.ts'

/** A text for each message that changes with it. */
export type MessageMarks = ReadonlyMap<MessageID, string>

/** Sessions with so many parts are long: when they change, only what changed is read again. */
export const longSession = 64

/** 32 bits that differ for different texts, as good as always (FNV-1a). */
function digest(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}

/** The title of a session and its messages in their order, each as a number that changes with it. */
export const packMarks = ({ title }: SessionHeader, ids: readonly MessageID[], marks: MessageMarks): string =>
  JSON.stringify([digest(title ?? ''), ...ids.map((id) => digest(marks.get(id) ?? ''))])

/**
 * How many messages of a session stand in the index as they are now, from the first on.
 * @param packed as they were
 * @returns 0 also when the title changed
 */
export function unchanged(
  packed: string,
  before: readonly MessageID[],
  header: SessionHeader,
  ids: readonly MessageID[],
  marks: MessageMarks,
): number {
  const [title, ...digests] = JSON.parse(packed) as number[]
  if (title !== digest(header.title ?? '')) return 0
  let count = 0
  while (count < before.length && before[count] === ids[count] && digests[count] === digest(marks.get(ids[count]!) ?? '')) count++
  return count
}
