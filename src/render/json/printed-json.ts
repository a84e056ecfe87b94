import { isObject, type JsonObject } from '../../base/json.ts'
import { type WholeRecord, wholeRecordOf } from '../../stores/long-record.ts'
import { jsonText } from '../safe-text.ts'

/** How deep a message is taken apart: into its parts, which are printed one by one, because a message can be large. */
const pieces = 2

export interface PrintOptions {
  /** Is told of each value that is nested too deep to be printed whole. */
  readonly onCut: () => void
  /** What is printed of a message or part that is too long to be read whole. Default: all of it, as it is stored. */
  readonly long?: 'whole' | 'beginning'
}

/**
 * A session and its messages as one document, printed as `JSON.stringify(…, null, 2)` would, piece by piece.
 */
export function* printedDocument(info: unknown, messages: Iterable<unknown>, options: PrintOptions): Iterable<string> {
  yield `{\n  "info": ${indented(info, 1, options.onCut)},\n  "messages": [`
  let some = false
  for (const message of messages) {
    yield some ? ',\n    ' : '\n    '
    yield* printed(message, 2, pieces, options)
    some = true
  }
  yield some ? '\n  ]\n}\n' : ']\n}\n'
}

function* printed(value: unknown, level: number, depth: number, options: PrintOptions): Iterable<string> {
  const { onCut, long = 'whole' } = options
  const record = long === 'whole' && isObject(value) ? wholeRecordOf(value) : undefined
  if (isObject(value) && record) {
    yield* wholeRecord(value, record, level, onCut)
    return
  }
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
    yield* printed(item, level + 1, depth - 1, options)
    separator = ','
  }
  yield `\n${indent}${isList ? ']' : '}'}`
}

/**
 * An object of which only the beginning was read: its record as it is stored, behind the keys that the object has beside it.
 * Where the rest of the record has one of those, too, that counts, because it comes last.
 */
function* wholeRecord(value: JsonObject, { keys, read }: WholeRecord, level: number, onCut: () => void): Iterable<string> {
  const indent = '  '.repeat(level + 1)
  yield '{'
  for (const [key, item] of Object.entries(value)) {
    if (!keys.has(key) && item !== undefined) yield `\n${indent}${JSON.stringify(key)}: ${indented(item, level + 1, onCut)},`
  }
  const decoder = new TextDecoder()
  let inside = false
  for (const piece of read()) {
    const text = decoder.decode(piece, { stream: true })
    // It is an object, and its bracket is open already.
    yield inside ? text : `\n${indent}${text.trimStart().slice(1).trimStart()}`
    inside ||= text !== ''
  }
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
