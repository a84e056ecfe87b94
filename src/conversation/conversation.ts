import { OcvaultError } from '../base/errors.ts'
import { textOf } from '../base/json.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { StoredMessage } from '../stores/store.ts'
import { fromLegacy } from './from-legacy.ts'
import { fromV1 } from './from-v1.ts'
import { fromV2 } from './from-v2.ts'
import type { Message } from './message.ts'

export interface ConversationQuery {
  /** Only the last so many messages. */
  readonly last?: number
  /** Only this message. */
  readonly messageID?: MessageID
}

const readers = { v1: fromV1, v2: fromV2, legacy: fromLegacy }

/** A stored message of any generation in the one shape. */
export function readMessage(stored: StoredMessage): Message {
  return readers[stored.shape](stored)
}

/**
 * A session's messages in reading order, in the one shape, whichever generation wrote them. Streams: a message is read when it is
 * asked for. Reverted messages are labelled; so are the answers to commands that the person ran.
 * @throws OcvaultError `not-found` without such a session, or without the one message asked for
 */
export function* readConversation(catalog: Catalog, id: SessionID, query: ConversationQuery = {}): Iterable<Message> {
  const session = catalog.session(id)
  if (!session) throw new OcvaultError('not-found', `no session ${id}`)
  const { last, messageID } = query
  // What comes before the last messages decides their labels only where something was reverted.
  const tailOnly = last !== undefined && messageID === undefined && session.revert === null
  const labelled = label(catalog.messages(id, tailOnly ? { last } : {}), session.revert?.messageID)
  if (messageID !== undefined) yield only(labelled, messageID, id)
  else if (last !== undefined && !tailOnly) yield* lastOf(labelled, last)
  else yield* labelled
}

function* label(messages: Iterable<StoredMessage>, revertedFrom: MessageID | undefined): Iterable<Message> {
  let reverted = false
  let shellID: MessageID | undefined
  for (const stored of messages) {
    const message = readMessage(stored)
    reverted ||= stored.id === revertedFrom
    if (message.kind === 'shell') shellID = message.id
    const ran = message.kind === 'answer' && shellID !== undefined && textOf(stored.info.parentID) === shellID
    yield { ...message, kind: ran ? 'shell' : message.kind, reverted }
  }
}

function only(messages: Iterable<Message>, messageID: MessageID, id: SessionID): Message {
  for (const message of messages) if (message.id === messageID) return message
  throw new OcvaultError('not-found', `no message ${messageID} in session ${id}`)
}

function lastOf(messages: Iterable<Message>, count: number): Message[] {
  const kept: Message[] = []
  for (const message of messages) {
    kept.push(message)
    if (kept.length > count) kept.shift()
  }
  return kept
}
