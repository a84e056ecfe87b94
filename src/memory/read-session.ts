import { scopeOf, sessionNamed } from '../api/sessions.ts'
import { OcvaultError } from '../base/errors.ts'
import { readMessage } from '../conversation/conversation.ts'
import type { Message } from '../conversation/message.ts'
import type { MessageID } from '../opencode/ids.ts'
import type { Session } from '../stores/catalog/catalog.ts'
import { about, notice, whenOf } from './answer.ts'
import { cursorAt, placesOf } from './cursor.ts'
import { mayAnswer, type Recall } from './memory.ts'
import type { Answer, Asked } from './questions.ts'
import { fitToQuote, type Quotable, quotable, wholeAt } from './quote.ts'
import { type Include, speakerLine, turnText } from './turn.ts'

/** Messages before the one that is asked for: what it answers. */
const messagesBefore = 2
/** How many messages are read at once. */
const batch = 20
/** So far beyond a piece secrets are looked for. */
const marginChars = 4000

type Turn = Answer<'read_session'>['turns'][number]

/** Where to read: a message by its index, and how much of its text was told. */
interface Place {
  readonly index: number
  readonly offset: number
}

/**
 * A piece of a session as a person reads it, in at most `maxChars` characters of JSON; `next` says where it goes on.
 * @throws OcvaultError `not-found` without such a session or message, `usage` for a cursor that is none
 */
export async function readSession(recall: Recall, input: Asked<'read_session'>): Promise<Answer<'read_session'>> {
  const session = input.id === 'latest' ? await latest(recall) : await sessionNamed(recall.catalog, input.id)
  const ids = Array.from(recall.catalog.messages(session.id, { parts: false }), ({ id }) => id)
  const [shown] = await about(recall, [session])
  const empty: Answer<'read_session'> = { notice, ...shown!, parent: session.parentID, total: ids.length, turns: [], next: null }
  return filled(recall, empty, { session, ids, start: startOf(input, ids), include: input.include }, input.maxChars)
}

/** The newest session that is over: of the project where the agent works, else of all. */
async function latest(recall: Recall): Promise<Session> {
  const here = await scopeOf(recall.catalog, recall.here)
  for (const filter of [...(here ? [{ project: here }] : []), {}]) {
    for (const session of recall.catalog.sessions({ ...filter, roots: true }))
      if (mayAnswer(recall, session, false)) return session
  }
  throw new OcvaultError('not-found', 'no earlier session yet')
}

function startOf({ id, around, last, from, cursor }: Asked<'read_session'>, ids: readonly MessageID[]): Place {
  if (cursor !== undefined) {
    const [index, offset] = placesOf(cursor, 2)
    return { index: index!, offset: offset! }
  }
  if (around !== undefined) {
    const index = ids.indexOf(around as MessageID)
    if (index === -1) throw new OcvaultError('not-found', `no message ${around} in session ${id}`)
    return { index: Math.max(0, index - messagesBefore), offset: 0 }
  }
  if (last !== undefined) return { index: Math.max(0, ids.length - last), offset: 0 }
  return { index: from === undefined ? 0 : from - 1, offset: 0 }
}

interface Reading {
  readonly session: Session
  readonly ids: readonly MessageID[]
  readonly start: Place
  readonly include: readonly Include[]
}

async function filled(
  recall: Recall,
  empty: Answer<'read_session'>,
  reading: Reading,
  maxChars: number,
): Promise<Answer<'read_session'>> {
  const { ids, start } = reading
  const turns: Turn[] = []
  // The cursor has to have room, too.
  let room = maxChars - JSON.stringify({ ...empty, next: cursorAt(999_999_999, 999_999_999) }).length
  for (let at = start.index; at < ids.length; at += batch) {
    const messages = messagesAt(recall, reading, at)
    // Cursors count what is left of a text when control characters are gone.
    const texts = messages.map((message) => fitToQuote(turnText(message, reading.include)))
    const offset = at === start.index ? start.offset : 0
    // What is far beyond the room is not told now, and need not be looked at.
    const seen = await quotable(
      texts.map((text, index) => text.slice(0, (index === 0 ? offset : 0) + maxChars + marginChars)),
      recall.redact,
    )
    for (const [index, message] of messages.entries()) {
      const from = index === 0 ? offset : 0
      const whole = {
        n: ids.indexOf(message.id) + 1,
        message: message.id,
        who: speakerLine(message),
        when: whenOf(message.time.created),
      }
      const left = room - JSON.stringify({ ...whole, text: '' }).length - 1
      const { text, end } = pieceIn(seen[index]!, from, left)
      const rest = end < seen[index]!.text.length
      if (rest && end === from) return { ...empty, turns, next: cursorAt(at + index, from) }
      turns.push({ ...whole, text })
      if (rest) return { ...empty, turns, next: cursorAt(at + index, end) }
      room = left - JSON.stringify(text).length + 2
    }
  }
  return { ...empty, turns }
}

/** The next messages, each labelled when it was rolled back. */
function messagesAt({ catalog }: Recall, { session, ids }: Reading, at: number): Message[] {
  const revertedFrom = session.revert === null ? -1 : ids.indexOf(session.revert.messageID)
  const wanted = ids.slice(at, at + batch)
  return Array.from(catalog.messages(session.id, { ids: wanted }), (stored) => ({
    ...readMessage(stored),
    reverted: revertedFrom !== -1 && ids.indexOf(stored.id) >= revertedFrom,
  }))
}

/** As much of a text from a place on as has room as JSON, cut between code points. */
function pieceIn({ text, piece }: Quotable, from: number, room: number): { text: string; end: number } {
  const lengthOf = (end: number) => JSON.stringify(piece(from, end)).length - 2
  let end = wholeAt(text, Math.min(text.length, from + Math.max(0, room)))
  while (end > from && lengthOf(end) > room) {
    const kept = Math.floor((end - from) * Math.min(0.95, room / lengthOf(end)))
    end = wholeAt(text, from + Math.max(0, kept))
  }
  return { text: piece(from, end), end }
}

/** What begins a line of ours. */
const ours = /(^|\n)(?=#\d|\((?:end|cursor)\b)/g

/** The same for whoever reads text: no longer than the JSON. Nothing that was said looks as if another said it. */
export function readText({ notice, session, title, when, project, total, turns, next }: Answer<'read_session'>): string {
  const head = `${notice}\n${session} · ${title} · ${when} · ${project} · ${total} messages`
  const said = turns.map(({ n, message, who, when, text }) => `#${n} ${who} · ${when} · ${message}\n${text.replace(ours, '$1 ')}`)
  return [head, ...said, next === null ? '(end)' : `(cursor ${next} goes on)`].join('\n\n')
}
