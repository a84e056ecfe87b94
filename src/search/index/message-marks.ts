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

/**
 * The title of a session and its messages in their order, each as a number that changes with it.
 * @param kept those of the first messages, which are as they were
 */
export const packMarks = (
  { title }: SessionHeader,
  ids: readonly MessageID[],
  marks: MessageMarks,
  kept: readonly number[] = [],
): string => JSON.stringify([digest(title ?? ''), ...kept, ...ids.slice(kept.length).map((id) => digest(marks.get(id) ?? ''))])

/** Whether the title of a session is what it was. @param digests as they were packed */
export const hasTitle = ([before]: readonly number[], { title }: SessionHeader): boolean => before === digest(title ?? '')

/**
 * How many messages of a session stand in the index as they are now, from the first on.
 * @param digests as they were packed
 * @returns 0 also when the title changed
 */
export function unchanged(
  digests: readonly number[],
  before: readonly MessageID[],
  header: SessionHeader,
  ids: readonly MessageID[],
  marks: MessageMarks,
): number {
  if (!hasTitle(digests, header)) return 0
  let count = 0
  while (count < before.length && before[count] === ids[count] && digests[count + 1] === digest(marks.get(ids[count]!) ?? ''))
    count++
  return count
}
