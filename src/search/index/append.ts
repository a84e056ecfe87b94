import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import type { IndexFile } from './index-file.ts'
import { hasTitle, longSession, type MessageMarks, unchanged } from './message-marks.ts'
import { readMessage } from './read.ts'
import type { Standing } from './standing.ts'

/** What of a long session has to be read again: everything behind the messages that are as they were. */
interface Outset {
  readonly header: SessionHeader
  /** So many messages are as they were. */
  readonly kept: number
  readonly rest: readonly MessageID[]
  readonly mark: string
  /** At least of the rest. */
  readonly marks: MessageMarks
}

/**
 * Brings a long session up to date by reading what of it changed: from the first message that is another one to the end.
 * @param cursor what rows and events the index knows
 * @returns false where it has to be read whole: it is short, or changed from its beginning, or something of it is missing
 */
export function append(index: IndexFile, store: Store, id: SessionID, cursor: string | null): boolean {
  const standing = index.stands(id)
  const outset = standing && (named(standing, store, id, cursor) ?? compared(standing, store, id))
  if (!standing || !outset || outset.kept === 0) return false
  const { header, kept, rest, mark, marks } = outset
  const problems = store.problems().length
  const writer = index.resume(header, standing, kept)
  for (const stored of rest.length > 0 ? store.messages(id, { ids: rest }) : []) {
    for (const item of readMessage(stored)) {
      // Beyond its room stands the next session.
      if (writer.units + item.units.length > standing.room) return false
      if (item.type === 'message') writer.message(item.message, item.units)
      else writer.more(item.units)
    }
  }
  if (store.problems().length > problems) return false
  index.end(writer, mark, marks, [], standing.room)
  return true
}

/** What changed by the marks of all messages. */
function compared(standing: Standing, store: Store, id: SessionID): Outset | null {
  // Before the transcript: what changes from now on, the next search sees.
  const mark = store.marks(false, [id]).get(id)
  const marks = store.messageMarks([id], longSession).get(id)
  const [header] = store.headers([id])
  if (mark === undefined || !marks || !header) return null
  const ids = [...store.messages(id, { parts: false })].map((message) => message.id)
  const kept = unchanged(standing.digests, standing.ids, header, ids, marks)
  return { header, kept, rest: ids.slice(kept), mark, marks }
}

/** In place of what only a look at all messages and parts tells: it is compared when nobody waits. */
const uncompared = '?'

/**
 * What changed by what OpenCode's own records name, for which the long rest of the session is not looked at. Only where they
 * account for every step that the session made in OpenCode's log.
 */
function named(standing: Standing, store: Store, id: SessionID, cursor: string | null): Outset | null {
  const mark = store.marks(true, [id]).get(id)
  const changes = store.named?.(id, cursor)
  const [header] = store.headers([id])
  if (mark === undefined || !changes || !header || !hasTitle(standing.digests, header)) return null
  if (stepsIn(mark) - stepsIn(standing.mark) !== changes.events) return null
  const first = standing.ids.findIndex((message) => changes.messages.has(message))
  const kept = first < 0 ? standing.ids.length : first
  const perhaps = new Set([...standing.ids.slice(kept), ...changes.messages])
  const rest = kept === 0 ? null : restOf(store, id, standing.ids[kept - 1]!, perhaps)
  if (!rest) return null
  const marks = store.messageMarks([id], longSession, rest).get(id) ?? new Map<MessageID, string>()
  return rest.every((message) => marks.has(message)) ? { header, kept, rest, mark: `${mark}|${uncompared}`, marks } : null
}

/** How far a session is in OpenCode's log. */
const stepsIn = (mark: string) => Number(/^(\d+)\|/.exec(mark)?.[1] ?? Number.NaN)

/** What comes after a message, in its order; null where that is not some messages, and all of those that are there. */
function restOf(store: Store, id: SessionID, after: MessageID, some: ReadonlySet<MessageID>): MessageID[] | null {
  const last = [...store.messages(id, { last: some.size + 1, parts: false })].map((message) => message.id)
  const rest = last.slice(last.indexOf(after) + 1)
  if (!last.includes(after) || !rest.every((message) => some.has(message))) return null
  const others = [...some].filter((message) => !rest.includes(message))
  const areGone = others.length === 0 || [...store.messages(id, { ids: others, parts: false })].length === 0
  return areGone ? rest : null
}
