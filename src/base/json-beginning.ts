import { isObject, type JsonObject } from './json.ts'

/** What is open at a place in a JSON text: what closes it, and, in an object, whether a key comes next. */
interface Level {
  readonly close: '}' | ']'
  key: boolean
}

/** No number or word of JSON is longer, and no escape. */
const longestWord = 400
const longestEscape = 6

/**
 * The object that JSON begins with of which the end is missing: a text that is cut ends where it is cut, and what had only
 * begun is left out.
 * @returns undefined where it does not begin as an object does
 */
export function parseBeginning(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(closed(text))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The text up to the last value that is whole, or of which a part makes sense, with everything closed that is open there. */
function closed(text: string): string {
  const open: Level[] = []
  let whole = ''
  let at = 0
  const brackets = () =>
    open
      .map(({ close }) => close)
      .reverse()
      .join('')
  const upTo = (end: number) => {
    at = end
    whole = text.slice(0, end) + brackets()
  }
  while (at < text.length) {
    const character = text[at]!
    const level = open.at(-1)
    if (character === '{' || character === '[') {
      open.push({ close: character === '{' ? '}' : ']', key: character === '{' })
      upTo(at + 1)
    } else if (character === '}' || character === ']') {
      open.pop()
      upTo(at + 1)
    } else if (character === '"') {
      const end = textEnd(text, at)
      if (end < 0) return level?.key ? whole : `${text.slice(0, at)}${withoutHalfEscape(text.slice(at))}"${brackets()}`
      if (level?.key) at = end
      else upTo(end)
    } else if (character === ',' || character === ':') {
      if (level) level.key = character === ',' && level.close === '}'
      at++
    } else if (/\s/.test(character)) at++
    else {
      const end = text.slice(at, at + longestWord).search(/[\s,\]}]/)
      // A number or a word may go on behind the end.
      if (end < 0) return whole
      upTo(at + end)
    }
  }
  return whole
}

/** Where the text ends that begins here; -1 when that is behind the end. */
function textEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '"') return at + 1
    if (character === '\\') at++
  }
  return -1
}

/** A text that was cut, without the escape in which that happened. */
function withoutHalfEscape(text: string): string {
  const last = text.lastIndexOf('\\')
  if (last < 0 || !/^\\(?:u[0-9a-fA-F]{0,3})?$/.test(text.slice(last, last + longestEscape))) return text
  if (text.length - last >= longestEscape) return text
  let backslashes = 1
  while (text[last - backslashes] === '\\') backslashes++
  return backslashes % 2 === 0 ? text : text.slice(0, last)
}
