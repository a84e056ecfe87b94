import { canonicalJSON } from '../base/canonical-json.ts'
import { detached } from '../base/detached.ts'
import { createHash } from '../base/hash.ts'
import { objectOf, textOf } from '../base/json.ts'
import type { MessageV1 } from '../convert/exported.ts'
import type { Messages } from './messages.ts'

/** `[redacted:kind:n]`, its kind and its number. */
export const placeholder = /\[redacted:([\w-]{1,60}):(\d{1,9})\]/g

/** What of a message is enough to compare it: sessions may be too long to be held. */
export interface Print {
  readonly id: string
  /** Equal where messages are. */
  readonly sum: string
  /** Equal where they are but for the numbers of placeholders; null without any. */
  readonly shape: string | null
  /** Its placeholders, as often as they stand in it, in the order of its fields. */
  readonly placeholders: readonly string[]
  /** An answer that is not over. */
  readonly isUnfinished: boolean
}

const known = new WeakMap<Messages, readonly Print[]>()

/** The prints of messages, in their order. Those that are streamed are read once. */
export function printsOf(messages: Messages): readonly Print[] {
  if (Array.isArray(messages)) return messages.map(printOf)
  const before = known.get(messages)
  if (before) return before
  const prints = Array.from(messages, printOf)
  known.set(messages, prints)
  return prints
}

const none: readonly string[] = []

function printOf(message: MessageV1): Print {
  const { info } = message
  const text = canonicalJSON(message)
  const isRedacted = text.includes('[redacted:')
  return {
    id: textOf(info.id) ?? '',
    sum: sumOf(text),
    shape: isRedacted ? sumOf(text.replace(placeholder, '[redacted:$1]')) : null,
    placeholders: isRedacted ? Array.from(text.matchAll(placeholder), ([whole]) => detached(whole)) : none,
    isUnfinished: info.role === 'assistant' && objectOf(info.time).completed === undefined,
  }
}

const sumOf = (text: string) => createHash('sha256').update(text).digest('base64')
