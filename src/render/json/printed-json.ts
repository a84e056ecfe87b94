import { isObject } from '../../base/json.ts'
import { jsonText } from '../safe-text.ts'

/** How deep a message is taken apart: into its parts, which are printed one by one, because a message can be large. */
const pieces = 2

/**
 * A session and its messages as one document, printed as `JSON.stringify(…, null, 2)` would, piece by piece.
 * @param onCut is told of each value that is nested too deep to be printed whole
 */
export function* printedDocument(info: unknown, messages: Iterable<unknown>, onCut: () => void): Iterable<string> {
  yield `{\n  "info": ${indented(info, 1, onCut)},\n  "messages": [`
  let some = false
  for (const message of messages) {
    yield some ? ',\n    ' : '\n    '
    yield* printed(message, 2, pieces, onCut)
    some = true
  }
  yield some ? '\n  ]\n}\n' : ']\n}\n'
}

function* printed(value: unknown, level: number, depth: number, onCut: () => void): Iterable<string> {
  const isList = Array.isArray(value)
  const entries: [string, unknown][] = isList
    ? value.map((item) => ['', item])
    : isObject(value)
      ? Object.entries(value).filter(([, item]) => item !== undefined)
      : []
  if (depth === 0 || entries.length === 0) {
    yield indented(value, level, onCut)
    return
  }
  const indent = '  '.repeat(level)
  let separator = isList ? '[' : '{'
  for (const [key, item] of entries) {
    yield `${separator}\n${indent}  ${isList ? '' : `${JSON.stringify(key)}: `}`
    yield* printed(item, level + 1, depth - 1, onCut)
    separator = ','
  }
  yield `\n${indent}${isList ? ']' : '}'}`
}

/** JSON as it stands so many levels deep in a document: printed inside as many lists, of which nothing is left. */
function indented(value: unknown, level: number, onCut: () => void): string {
  let nested = value
  let around = 0
  for (let at = 0; at < level; at++) {
    nested = [nested]
    around += 2 + 2 * (level - at)
  }
  const end = around - 2 * level
  return jsonText(nested, 2, onCut).slice(around, -end)
}
