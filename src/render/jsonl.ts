import type { Message } from '../conversation/message.ts'
import { messageJSON, type sessionJSON } from './session-json.ts'

/**
 * One JSON object a line: `{"type":"session", …}` as `list --json` has it, and then each message, `{"type":"message","sessionID", …}`,
 * as `show --json` has it.
 */
export function* printJSONL(session: ReturnType<typeof sessionJSON>, messages: Iterable<Message>): Iterable<string> {
  yield `${JSON.stringify({ type: 'session', ...session })}\n`
  for (const message of messages) yield `${JSON.stringify({ type: 'message', sessionID: session.id, ...messageJSON(message) })}\n`
}
