import { OcvaultError } from '../base/errors.ts'
import type { Message } from '../conversation/message.ts'
import { type Outline, readPiece } from '../conversation/outline.ts'
import type { MessageID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'

/** A piece of a conversation. */
export interface Piece {
  /** Where in the conversation it begins, counted from 0. */
  readonly from: number
  readonly messages: readonly Message[]
  /** The message after which the next piece begins; null at the end. */
  readonly next: MessageID | null
}

/**
 * So many messages of a conversation after one of them, or from its beginning.
 * @throws OcvaultError `not-found` when it has no such message
 */
export function messagesAfter(catalog: Catalog, outline: Outline, after: MessageID | undefined, limit: number): Piece {
  const from = after === undefined ? 0 : placeOf(outline, after) + 1
  const to = Math.min(from + limit, outline.items.length)
  const next = to < outline.items.length ? (outline.items[to - 1]?.id ?? null) : null
  return { from, messages: [...readPiece(catalog, outline, from, to)], next }
}

/** Where a message stands in a conversation, counted from 0. @throws OcvaultError `not-found` */
function placeOf({ sessionID, items }: Outline, id: MessageID): number {
  const at = items.findIndex((item) => item.id === id)
  if (at < 0) throw new OcvaultError('not-found', `no message ${id} in session ${sessionID}`)
  return at
}
