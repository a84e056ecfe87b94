import type { Message } from '../../conversation/message.ts'
import { jsonText } from '../safe-text.ts'
import { messageJSON, type sessionJSON } from './session-json.ts'

/**
 * One JSON object a line: `{"type":"session", …}` as `list --json` has it, and then each message,
 * `{"type":"message","sessionID", …}`, as `show --json` has it.
 * @param onCut is told of each value that is nested too deep to be printed whole
 */
export function* printJSONL(
  session: ReturnType<typeof sessionJSON>,
  messages: Iterable<Message>,
  onCut: () => void,
): Iterable<string> {
  yield `${jsonText({ type: 'session', ...session }, 0, onCut)}\n`
  for (const message of messages) {
    const { parts, ...head } = messageJSON(message)
    yield jsonText({ type: 'message', sessionID: session.id, ...head }, 0, onCut).slice(0, -1)
    // Part by part, because a message can be large.
    yield ',"parts":['
    for (const [index, part] of parts.entries()) {
      if (index > 0) yield ','
      yield jsonText(part, 0, onCut)
    }
    yield ']}\n'
  }
}
