import type { StoredMessage } from '../stores/store.ts'
import type { Figures } from './figures.ts'
import { type FigureOptions, readFigures } from './read-figures.ts'
import type { CountedSession } from './sessions.ts'

/** Gives the figures of sessions; in an order of its own. */
export type Source = (sessions: readonly CountedSession[]) => Iterable<readonly [CountedSession, Figures]>

/** How many sessions are read together. */
const together = 128

/** Reads the figures of sessions from their stores. */
export const fromStores: Source = function* (sessions) {
  const alone = new Map<CountedSession['stores'][number], CountedSession[]>()
  for (const session of sessions) {
    const [only, another] = session.stores
    if (!only || another) yield [session, figuresOfCopies(session)]
    else alone.set(only, [...(alone.get(only) ?? []), session])
  }
  for (const [{ store }, all] of alone) {
    for (let at = 0; at < all.length; at += together) {
      const byID = new Map(all.slice(at, at + together).map((session) => [session.id, session]))
      for (const [id, messages] of store.transcripts([...byID.keys()])) {
        const session = byID.get(id)
        if (session) yield [session, readFigures(session, messages)]
      }
    }
  }
}

/**
 * What all copies of a session have, each message once. Copies are of different age: one may lack what was deleted since, and was
 * paid for.
 */
export function figuresOfCopies(session: CountedSession, options: FigureOptions = {}): Figures {
  const seen = new Set<string>()
  let withSummaries = false
  const all = session.stores.map(({ store }, at) => {
    const messages = noting(store.messages(session.id), (message) => {
      withSummaries ||= message.type === 'compaction' && message.info.tokens !== undefined
    })
    // 2.x makes one message of the request for a summary and the summary: 1.x has that of another id.
    return readFigures(session, messages, { ...options, seen, withoutSummaries: at > 0 && withSummaries })
  })
  return {
    cells: all.flatMap(({ cells }) => cells),
    history: all.flatMap(({ history }) => history),
    prints: all.flatMap(({ prints }) => prints),
    oddities: all.flatMap(({ oddities }) => oddities),
  }
}

function* noting(messages: Iterable<StoredMessage>, note: (message: StoredMessage) => void): Iterable<StoredMessage> {
  for (const message of messages) {
    note(message)
    yield message
  }
}
