import type { Message } from '../../conversation/message.ts'
import { messageJSON } from './session-json.ts'

/**
 * A message as `show --json` prints it, part by part, because all of them may be more than a text can hold.
 * @param text prints a value
 * @param first keys that come before those of the message
 */
export function* printedMessage(message: Message, text: (value: unknown) => string, first: object = {}): Iterable<string> {
  const { parts, ...own } = messageJSON(message)
  yield `${text({ ...first, ...own }).slice(0, -1)},"parts":[`
  for (const [index, part] of parts.entries()) yield `${index > 0 ? ',' : ''}${text(part)}`
  yield ']}'
}
