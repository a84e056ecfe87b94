import type { Hit } from './hit.ts'

const begin = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g
const end = /-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/
const ends = new RegExp(end, 'g')

/** No key is longer, with its lines numbered and its line ends escaped. */
const longest = 30_000

/** A line of a key: base64, maybe with a line number or a mark before it, and line ends that were escaped, maybe twice. */
const line =
  /(?:\s|\\+[nrt]|["'`+,>|])*(?:\d{1,6}[|:\t→]\s?)?[ \t+>-]{0,8}(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): [^\n\\\0]{1,120}|[A-Za-z0-9+/=]{16,})/y

/**
 * Private keys in PEM and armour, from `BEGIN` to `END`; one that is cut off up to where its lines end.
 */
export function* privateKeys(text: string): Generator<Hit> {
  if (!text.includes('PRIVATE KEY')) return
  let past = 0
  for (const match of text.matchAll(begin)) {
    if (match.index < past) continue
    const from = match.index + match[0].length
    const area = areaFrom(text, from)
    const close = end.exec(area)
    const isWhole = close !== null && hasBody(area.slice(0, close.index))
    // The end may be that of another key, of which only the last lines are there.
    const stop = isWhole ? from + close.index + close[0].length : linesFrom(text, from, from + (close?.index ?? area.length))
    if (!isWhole && !hasBody(text.slice(from, stop))) continue
    past = stop
    yield { start: match.index, end: stop, kind: 'private-key', rank: 3 }
  }
  yield* withoutBegin(text)
}

/** What may belong to a key: up to the next one, and to the end of the text that it stands in. */
function areaFrom(text: string, from: number): string {
  const area = text.slice(from, from + longest)
  const next = area.indexOf('-----BEGIN')
  const own = next < 0 ? area : area.slice(0, next)
  const zero = own.indexOf('\0')
  return zero < 0 ? own : own.slice(0, zero)
}

function linesFrom(text: string, from: number, border: number): number {
  let at = from
  for (;;) {
    line.lastIndex = at
    const match = line.exec(text)
    if (!match || match.index + match[0].length > border) return at
    at = match.index + match[0].length
  }
}

/** The last lines of a key whose first were cut off. */
function* withoutBegin(text: string): Generator<Hit> {
  let past = 0
  for (const match of text.matchAll(ends)) {
    const stop = match.index + match[0].length
    const lines = text.slice(Math.max(past, match.index - 8_000), match.index).split('\n')
    past = stop
    if (lines.pop() !== '') continue
    let start = match.index
    for (let above = lines.pop(); above !== undefined && keyLine.test(above); above = lines.pop()) start -= above.length + 1
    if (start < match.index && hasBody(text.slice(start, match.index))) yield { start, end: stop, kind: 'private-key', rank: 3 }
  }
}

const keyLine = /^(?:\s{0,8}\d{1,6}[|:\t→]\s?)?[ \t+>-]{0,8}[A-Za-z0-9+/=]{4,80}\s{0,2}$/

/** Whether there is a key between the lines that announce one: enough base64, and no dots in its place. */
function hasBody(body: string): boolean {
  const letters = keyLetters(body)
  return letters.length >= 40 && new Set(letters.slice(0, 400)).size >= 12 && !/\.{3}|…|<[a-z]/i.test(body)
}

/** What two copies of a key have in common, however their lines were numbered, indented and escaped. */
export function keyLetters(key: string): string {
  return key
    .replace(/-----[A-Z ]*-----/g, '')
    .replace(/\\+[nrt]/g, '\n')
    .replace(/^\s*\d{1,6}[|:\t→]/gm, '')
    .replace(/[^A-Za-z0-9+/=]/g, '')
}
