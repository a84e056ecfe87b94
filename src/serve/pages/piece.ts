import { readConversation } from '../../conversation/conversation.ts'
import type { Message } from '../../conversation/message.ts'
import { type Outline, readPiece } from '../../conversation/outline.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { renderMessage } from '../../render/pages/html/message.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import { links } from './links.ts'

/** A piece of a conversation as HTML, and what stands on both sides of it. */
export interface RenderedPiece {
  /** Sections, one for each message. */
  readonly html: string
  /** Places in the conversation: of the first message, and of the one after the last. */
  readonly from: number
  readonly to: number
}

/** How many messages are drawn at once, and after how many characters a piece ends early: what a browser takes in one go. */
const most = { messages: 60, chars: 1_500_000 }

/** From here on a browser lays a message out when it comes into view. */
const early = 20

/** Messages from a place on. */
export function pieceFrom(catalog: Catalog, outline: Outline, from: number, count = most.messages): RenderedPiece {
  const messages = [...readPiece(catalog, outline, from - 1, from + count)]
  // One more than is shown was read: a message looks otherwise where it goes on with the one before.
  let previous = from > 0 && messages[0]?.id === outline.items[from - 1]?.id ? messages.shift() : undefined
  let html = ''
  let to = from
  for (const message of messages) {
    html += rendered(message, previous, to - from >= early)
    previous = message
    to++
    if (html.length >= most.chars) break
  }
  return { html, from, to: messages.length < count && html.length < most.chars ? outline.items.length : to }
}

/** Messages up to, but without, a place. */
export function pieceBefore(catalog: Catalog, outline: Outline, to: number): RenderedPiece {
  const begin = Math.max(0, to - most.messages)
  const messages = [...readPiece(catalog, outline, begin - 1, to)]
  let html = ''
  let from = to
  for (let at = messages.length - 1; at >= (begin > 0 ? 1 : 0) && html.length < most.chars; at--) {
    html = rendered(messages[at]!, messages[at - 1], true) + html
    from--
  }
  return { html, from: from === to ? 0 : from, to }
}

/** How a conversation begins, without knowing what else is in it. @returns also the message after the piece */
export function firstPiece(catalog: Catalog, id: SessionID): { html: string; next: Message | undefined } {
  let html = ''
  let previous: Message | undefined
  let number = 0
  for (const message of readConversation(catalog, id)) {
    if (number >= most.messages || html.length >= most.chars) return { html, next: message }
    html += rendered(message, previous, ++number > early)
    previous = message
  }
  return { html, next: undefined }
}

const rendered = (message: Message, previous: Message | undefined, late: boolean) =>
  [...renderMessage(message, { previous, late, links })].join('')
