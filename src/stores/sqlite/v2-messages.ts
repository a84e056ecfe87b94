import { textOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { MessageQuery, StoredMessage } from '../store.ts'
import { messageRows } from './message-rows.ts'
import { textFor } from './row-json.ts'
import { createdOf, type MessageTable } from './transcript-tables.ts'

/** Messages of `session_message` (2.x, and the previews of 1.17 to 1.19), ordered by `seq`. */
export function* v2Messages(from: MessageTable | undefined, id: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  if (!from) return
  for (const [row, info] of messageRows(from, id, query)) {
    if (!info) continue
    const about = { id: String(row.id), sessionID: id, type: textOf(row.type), created: createdOf(row, info) }
    yield { shape: 'v2', ...about, info, parts: [], ...textFor(row, query) }
  }
}
