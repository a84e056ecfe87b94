import type { SessionID } from '../../opencode/ids.ts'
import { messageOfRemains } from '../remains.ts'
import type { MessageQuery, StoredMessage } from '../store.ts'
import { messageRows } from './message-rows.ts'
import { mayBeWanted, textFor } from './row-json.ts'
import { createdOf, type MessageTable, type PartTable } from './transcript-tables.ts'
import { messagesWithoutRow, partsOf } from './v1-parts.ts'

/** The tables `message` and `part` (1.2 to 1.19); either is undefined where it cannot be read. */
export interface V1Tables {
  readonly messages: MessageTable | undefined
  readonly parts: PartTable | undefined
}

/** Messages in OpenCode's own order: (`time_created`, `id`), parts by `id`. Those of which only parts are left are among them. */
export function* v1Messages(tables: V1Tables, sessionID: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  const lost = withoutRow(tables, sessionID, query)
  const { last } = query
  if (lost.length === 0) {
    yield* withRow(tables, sessionID, query)
    return
  }
  const merged = mergeByTime(lost, withRow(tables, sessionID, query))
  yield* last === undefined ? merged : [...merged].slice(-last)
}

function* withRow({ messages, parts }: V1Tables, sessionID: SessionID, query: MessageQuery): Iterable<StoredMessage> {
  if (!messages) return
  const { wanted } = query
  for (const [row, info] of messageRows(messages, sessionID, query)) {
    const id = String(row.id)
    const only = wanted && mayBeWanted(row, wanted) ? undefined : wanted
    const mine = query.parts === false || !parts ? [] : partsOf(parts, id, sessionID, query, only)
    const created = createdOf(row, info)
    if (info) yield { shape: 'v1', id, sessionID, type: null, created, info, parts: mine, ...textFor(row, query) }
    else if (mine.length > 0) yield messageOfRemains(sessionID, id, created, mine)
  }
}

function withoutRow({ parts }: V1Tables, sessionID: SessionID, query: MessageQuery): StoredMessage[] {
  if (!parts || query.parts === false) return []
  const ids = messagesWithoutRow(parts, sessionID, query.ids)
  const lost = ids.map((id) => messageOfRemains(sessionID, id, null, partsOf(parts, id, sessionID, query)))
  return lost.filter((message) => message.parts.length > 0).sort((a, b) => (a.created ?? 0) - (b.created ?? 0))
}

function* mergeByTime(some: StoredMessage[], others: Iterable<StoredMessage>): Iterable<StoredMessage> {
  for (const message of others) {
    while (some.length > 0 && (some[0]!.created ?? 0) < (message.created ?? 0)) yield some.shift()!
    yield message
  }
  yield* some
}
