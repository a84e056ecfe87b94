import { readConversation } from '../conversation/conversation.ts'
import type { Message } from '../conversation/message.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import type { Request } from './requests.ts'
import { sessionNamed } from './sessions.ts'

/** A session to read. Messages are read as they are asked for. */
export interface Shown {
  readonly session: Session
  readonly messages: Iterable<Message>
  /** The sessions that it started; with `tree` all below it, each with its messages. */
  readonly subagents: readonly ShownSubagent[]
}

interface ShownSubagent {
  readonly session: Session
  readonly messages?: Iterable<Message>
}

/**
 * One session with its messages.
 * @throws OcvaultError what {@link sessionNamed} throws; `not-found` when it has no such message, as its messages are read
 */
export async function showSession(catalog: Catalog, request: Request<'show'>): Promise<Shown> {
  const { last, message, tree = false } = request
  const named = await sessionNamed(catalog, request.session, request.project)
  const query = { ...(last !== undefined && { last }), ...(message !== undefined && { messageID: message }) }
  const below = tree ? [...catalog.tree(named)].slice(1).map(([child]) => child) : catalog.children(named.id)
  const [session, ...children] = catalog.withUsage([named, ...below])
  return {
    session: session!,
    messages: readConversation(catalog, named.id, query),
    subagents: children.map((child) =>
      tree ? { session: child, messages: readConversation(catalog, child.id) } : { session: child },
    ),
  }
}
