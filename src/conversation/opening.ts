import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { readMessage } from './conversation.ts'
import type { Message } from './message.ts'

/** What OpenCode calls a session until a model has found a title: the time stands in it, which a list has anyway. */
const placeholder = /^(?:New|Child) session - \d{4}-\d{2}-\d{2}T[\d:.]+Z$/

/** Messages before the first prompt are few: a notice of 2.x, synthetic text. */
const messagesLooked = 20

/** More of a prompt than this is no title. */
const openingChars = 200

/** The session as a person knows it: where nobody gave it a title, by how its first prompt begins. To be shown, not for JSON. */
export function titled(catalog: Catalog, session: Session): Session {
  const { title } = session
  if (title !== null && title.trim() !== '' && !placeholder.test(title)) return session
  const opening = openingOf(catalog, session)
  return opening === '' ? session : { ...session, title: opening }
}

function openingOf(catalog: Catalog, { id }: Session): string {
  let left = messagesLooked
  for (const stored of catalog.messages(id)) {
    const message = readMessage(stored)
    const text = message.kind === 'prompt' ? openingWords(message) : ''
    if (text !== '' || --left === 0) return text
  }
  return ''
}

/** How what was typed, or what a subagent was told, begins, on one line. */
export function openingWords({ parts }: Pick<Message, 'parts'>): string {
  for (const part of parts) {
    const text = part.type === 'text' && !part.synthetic ? part.text : part.type === 'subtask' ? (part.prompt ?? '') : ''
    const line = text
      .slice(0, 10 * openingChars)
      .replace(/\s+/g, ' ')
      .trim()
    if (line !== '') return line.length > openingChars ? `${line.slice(0, openingChars).toWellFormed().trim()}…` : line
  }
  return ''
}
