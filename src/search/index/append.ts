import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import type { IndexFile } from './index-file.ts'
import { longSession, unchanged } from './message-marks.ts'
import { readMessage } from './read.ts'

/**
 * Brings a long session up to date by reading what of it changed: from the first message that is another one to the end.
 * @returns false where it has to be read whole: it is short, or changed from its beginning, or something of it is missing
 */
export function append(index: IndexFile, store: Store, id: SessionID): boolean {
  const standing = index.stands(id)
  if (!standing) return false
  // Before the transcript: what changes from now on, the next search sees.
  const mark = store.marks(false, [id]).get(id)
  const marks = store.messageMarks([id], longSession).get(id)
  const [header] = store.headers([id])
  if (mark === undefined || !marks || !header) return false
  const problems = store.problems().length
  const ids = [...store.messages(id, { parts: false })].map((message) => message.id)
  const kept = unchanged(standing.marks, standing.ids, header, ids, marks)
  if (kept === 0) return false
  const writer = index.resume(header, standing, kept)
  for (const stored of kept < ids.length ? store.messages(id, { ids: ids.slice(kept) }) : []) {
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
