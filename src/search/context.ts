import type { Kind, Role } from '../conversation/message.ts'
import type { MessageID } from '../opencode/ids.ts'
import type { StoredMessage } from '../stores/store.ts'
import type { Found } from './source.ts'
import { searchable } from './text/searchable.ts'
import { snippetOf } from './text/snippet.ts'

/** A message near a hit. */
export interface ContextMessage {
  readonly messageID: MessageID
  readonly role: Role
  readonly kind: Kind
  readonly text: string
}

export interface HitContext {
  readonly before: readonly ContextMessage[]
  readonly after: readonly ContextMessage[]
}

/** The messages before and after one, each in its first words. */
export function around(found: Found, messageID: MessageID, count: number): HitContext {
  const ids = [...found.store.messages(found.id, { parts: false })].map(({ id }) => id)
  const at = ids.indexOf(messageID)
  const before = ids.slice(Math.max(0, at - count), at)
  const after = ids.slice(at + 1, at + 1 + count)
  const messages = new Map(
    [...found.store.messages(found.id, { ids: [...before, ...after] })].map((stored) => [stored.id, summary(stored)]),
  )
  const those = (wanted: readonly MessageID[]) => wanted.flatMap((id) => messages.get(id) ?? [])
  return { before: those(before), after: those(after) }
}

function summary(stored: StoredMessage): ContextMessage {
  const { message, units } = searchable(stored)
  const { text } = snippetOf(units.flatMap(({ segments }) => segments.map((segment) => segment.text)).join('\n'), [])
  return { messageID: message.id, role: message.role, kind: message.kind, text }
}
