import { jsonText } from './safe-text.ts'

/**
 * A session and its messages as one document, printed as `JSON.stringify(…, null, 2)` would, message by message.
 * @param onCut is told of each value that is nested too deep to be printed whole
 */
export function* printedDocument(info: unknown, messages: Iterable<unknown>, onCut: () => void): Iterable<string> {
  // A line feed in JSON is never part of a text.
  const indented = (value: unknown, indent: string) => jsonText(value, 2, onCut).replaceAll('\n', `\n${indent}`)
  yield `{\n  "info": ${indented(info, '  ')},\n  "messages": [`
  let some = false
  for (const message of messages) {
    yield `${some ? ',' : ''}\n    ${indented(message, '    ')}`
    some = true
  }
  yield some ? '\n  ]\n}\n' : ']\n}\n'
}
