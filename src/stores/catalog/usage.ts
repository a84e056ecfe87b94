import type { SessionID } from '../../opencode/ids.ts'
import { sessionOrder } from '../filter.ts'
import type { SessionFilter, SessionHeader, Store } from '../store.ts'
import { tellsUsage, type Usage, UsageSum, usageIn, usageOf } from '../usage.ts'

/** How many sessions' messages are read together. */
const batch = 512

/** What these sessions used, by their messages. Parts are read only of the messages that do not say it themselves. */
function usageOfSessions(store: Store, ids: readonly SessionID[]): Map<SessionID, Usage> {
  const found = new Map<SessionID, Usage>()
  for (const [id, messages] of store.transcripts(ids, { parts: false })) {
    const sum = new UsageSum()
    const silent: string[] = []
    for (const message of messages) {
      const own = usageIn(message)
      if (own && tellsUsage(own)) sum.add(own.cost, own.tokens)
      else if (own) silent.push(message.id)
    }
    for (const message of silent.length > 0 ? store.messages(id, { ids: silent }) : []) {
      const { cost, tokens } = usageOf(message)!
      sum.add(cost, tokens)
    }
    found.set(id, sum.usage)
  }
  return found
}

/**
 * The headers, with the sums over the messages where a header does not tell what was used: no release before 1.15 and no preview
 * of 2.0 writes it there. Where it does, it is trusted: titles of 2.x are billed to the session and stand in no message.
 */
export function withUsage<H extends SessionHeader>(store: Store, headers: readonly H[]): H[] {
  const sums = usageOfSessions(
    store,
    headers.filter((header) => !tellsUsage(header)).map(({ id }) => id),
  )
  return headers.map((header) => {
    const sum = sums.get(header.id)
    return sum ? { ...header, ...sum } : header
  })
}

/** A store's sessions with what they used, the dearest first. What is kept of each is its id and its usage. */
export function* dearestFirst(store: Store, filter: SessionFilter): Iterable<SessionHeader> {
  const rows: Pick<SessionHeader, 'id' | 'title' | 'time' | 'cost' | 'tokens'>[] = []
  for (const headers of inBatches(store.sessions(filter))) {
    for (const { id, title, time, cost, tokens } of withUsage(store, headers)) rows.push({ id, title, time, cost, tokens })
  }
  rows.sort(sessionOrder('cost'))
  for (const some of inBatches(rows)) {
    const usage = new Map(some.map(({ id, cost, tokens }) => [id, { cost, tokens }]))
    for (const header of store.headers(some.map(({ id }) => id))) yield { ...header, ...usage.get(header.id) }
  }
}

function* inBatches<T>(items: Iterable<T>): Iterable<T[]> {
  let some: T[] = []
  for (const item of items) {
    some.push(item)
    if (some.length < batch) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}
