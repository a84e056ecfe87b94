import type { SessionID } from '../../opencode/ids.ts'
import type { MessageQuery, StoredMessage } from '../store.ts'
import { parsedRows } from './message-rows.ts'
import { mayBeWanted, textFor } from './row-json.ts'
import { createdOf, type MessageTable, type PartTable } from './transcript-tables.ts'
import { partsOf } from './v1-parts.ts'

/** The tables `message` and `part` (1.2 to 1.19); either is undefined where it cannot be read. */
export interface V1Tables {
  readonly messages: MessageTable | undefined
  readonly parts: PartTable | undefined
}

/** Messages in OpenCode's own order: (`time_created`, `id`), parts by `id`. */
export function* v1Messages({ messages, parts }: V1Tables, sessionID: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  if (!messages) return
  const { wanted } = query
  for (const [row, info] of parsedRows(messages, sessionID, query)) {
    const id = String(row.id)
    const only = wanted && mayBeWanted(row, wanted) ? undefined : wanted
    const mine = query.parts === false || !parts ? [] : partsOf(parts, id, sessionID, query, only)
    const created = createdOf(row, info)
    yield { shape: 'v1', id, sessionID, type: null, created, info, parts: mine, ...textFor(row, query) }
  }
}
