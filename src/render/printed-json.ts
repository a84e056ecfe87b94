/** A session and its messages as one document, printed as `JSON.stringify(…, null, 2)` would, message by message. */
export function* printedDocument(info: unknown, messages: Iterable<unknown>): Iterable<string> {
  yield `{\n  "info": ${indented(info, '  ')},\n  "messages": [`
  let some = false
  for (const message of messages) {
    yield `${some ? ',' : ''}\n    ${indented(message, '    ')}`
    some = true
  }
  yield some ? '\n  ]\n}\n' : ']\n}\n'
}

/** JSON that stands deeper in a document. A line feed in it is never part of a text. */
const indented = (value: unknown, indent: string): string => JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`)
