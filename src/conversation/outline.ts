import { textOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { StoredMessage } from '../stores/store.ts'
import { readMessage } from './conversation.ts'
import type { Message } from './message.ts'
import { openingWords } from './opening.ts'

/** What is known of a message without what it says. */
interface OutlineItem extends Pick<Message, 'id' | 'role' | 'kind' | 'tokens' | 'cost' | 'reverted'> {
  /** ms since the epoch. */
  readonly created: number | null
  /** How a prompt begins; null for any other message. */
  readonly opening: string | null
}

/** All messages of a session in reading order, so that any piece of it can be read without what stands before. */
export interface Outline {
  readonly sessionID: SessionID
  readonly items: readonly OutlineItem[]
}

/** Of a person's messages the parts are read, this many messages at once: they say which are prompts, and how those begin. */
const chunk = 100

/** Reads the outline of a session: empty where there is no such session. Tool calls and answers are not read. */
export function outlineOf(catalog: Catalog, sessionID: SessionID): Outline {
  const skeleton = [...catalog.messages(sessionID, { parts: false })].map(bare)
  const typed = skeleton.flatMap(({ message }) => (message.role === 'user' ? [message.id] : []))
  const read = new Map<MessageID, Typed>()
  for (let at = 0; at < typed.length; at += chunk) {
    for (const stored of catalog.messages(sessionID, { ids: typed.slice(at, at + chunk) })) {
      const message = readMessage(stored)
      read.set(stored.id, { kind: message.kind, opening: message.kind === 'prompt' ? openingWords(message) : null })
    }
  }
  const revertedFrom = catalog.session(sessionID)?.revert?.messageID
  return { sessionID, items: [...labelled(skeleton, read, revertedFrom)] }
}

type Skeleton = ReturnType<typeof bare>

const bare = (stored: StoredMessage) => ({
  message: omit(readMessage(stored), ['parts']),
  answers: textOf(stored.info.parentID),
})

/** What the parts of a message that a person sent say of it. */
type Typed = Pick<OutlineItem, 'kind' | 'opening'>

function* labelled(
  skeleton: readonly Skeleton[],
  read: ReadonlyMap<MessageID, Typed>,
  revertedFrom: MessageID | undefined,
): Iterable<OutlineItem> {
  let reverted = false
  let shellID: MessageID | undefined
  for (const { message, answers } of skeleton) {
    const { id, role, time, tokens, cost } = message
    const { kind, opening } = read.get(id) ?? { kind: message.kind, opening: null }
    reverted ||= id === revertedFrom
    if (kind === 'shell') shellID = id
    const ran = kind === 'answer' && shellID !== undefined && answers === shellID
    yield { id, role, kind: ran ? 'shell' : kind, created: time.created, tokens, cost, reverted, opening }
  }
}

/** The messages of a piece of an outline, as the whole conversation has them. Those that are gone meanwhile are passed by. */
export function* readPiece(catalog: Catalog, { sessionID, items }: Outline, from: number, to: number): Iterable<Message> {
  const piece = new Map(items.slice(Math.max(0, from), to).map((item) => [item.id, item]))
  if (piece.size === 0) return
  for (const stored of catalog.messages(sessionID, { ids: [...piece.keys()] })) {
    const { kind, reverted } = piece.get(stored.id)!
    yield { ...readMessage(stored), kind, reverted }
  }
}
