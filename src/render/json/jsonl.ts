import type { Message } from '../../conversation/message.ts'
import { jsonText } from '../safe-text.ts'
import { printedMessage } from './printed-message.ts'
import type { sessionJSON } from './session-json.ts'

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
    yield* printedMessage(message, (value) => jsonText(value, 0, onCut), { type: 'message', sessionID: session.id })
    yield '\n'
  }
}
