import { readMessage } from '../conversation/conversation.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { AskedPath, type How, touchesIn } from './touch.ts'

/** A call with which a session touched a file. */
export interface CallOn {
  readonly sessionID: SessionID
  readonly messageID: MessageID
  /** When the message was created, in ms since the epoch. */
  readonly time: number | null
  readonly how: How
  /** What was called, in a line. */
  readonly call: string
}

/** The calls with which a session and its subagents touched one of some files or folders; in order, subagents last. */
export function callsOn(catalog: Catalog, session: Session, paths: readonly string[]): CallOn[] {
  const asked = paths.map((path) => new AskedPath(path)).filter(({ words }) => words !== '')
  const calls: CallOn[] = []
  for (const [{ id }] of catalog.tree(session)) {
    for (const stored of catalog.messages(id, { wanted: (json) => asked.some((path) => path.mayStandIn(json)) })) {
      const message = readMessage(stored)
      const touches = asked.flatMap((path) => [...touchesIn(message, path)])
      calls.push(
        ...touches.map(({ how, line }) => ({
          sessionID: id,
          messageID: message.id,
          time: message.time.created,
          how,
          call: line,
        })),
      )
    }
  }
  return calls
}
