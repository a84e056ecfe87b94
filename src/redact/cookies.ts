import { isBlank, isWords } from './harmless.ts'
import type { Hit } from './hit.ts'
import { isPlain } from './wordlike.ts'

const quote = String.raw`\\{0,7}["'\x60]`
const header = new RegExp(
  String.raw`cookie2?(?:${quote})?\]?[ \t]{0,4}[:=,][ \t]{0,4}(?:${quote})?(?<secret>[^\n\r"'\x60\0]{4,8192})`,
  'iy',
)
const argument = /[ \t](?:-b|--cookie)[ \t]{1,4}["']?(?<secret>[\w.-]{1,64}=[^\n\r"'`\0]{4,8192})/y

/** Cookies where a header or a command's argument begins. */
export function cookiesAt(text: string, at: number): { hits: readonly Hit[]; end: number } {
  header.lastIndex = argument.lastIndex = at
  const isArgument = text[at] === ' '
  const match = (isArgument ? argument : header).exec(text)
  const secret = match?.groups?.secret
  if (!match || secret === undefined || !secret.includes('=')) return { hits: [], end: at }
  if (isArgument && !/\b(?:curl|http|xh|wget)\b/.test(commandUpTo(text, at))) return { hits: [], end: at }
  const start = match.index + match[0].length - secret.length
  return { hits: [...cookiesIn(secret, start)], end: start + secret.length }
}

/**
 * The line up to a place, and those before it that a backslash joins to it. No more than a screenful: a hostile line may have a
 * million places. Of whole lines, because what was redacted is shorter, and would bring a program of another line nearer.
 */
function commandUpTo(text: string, end: number): string {
  const before = text.slice(Math.max(0, end - 2000), end)
  let start = before.lastIndexOf('\n')
  while (start > 0 && /\\\r?$/.test(before.slice(Math.max(0, start - 2), start))) start = before.lastIndexOf('\n', start - 1)
  return before.slice(start + 1)
}

const attributes = /^(?:path|domain|expires|max-age|samesite|secure|httponly|priority|partitioned|version|comment|charset)$/i

/** The values in `a=1; b=2`; settings such as a language or a theme are none. */
export function* cookiesIn(header: string, at = 0): Generator<Hit> {
  for (const match of header.matchAll(/(?:^|[;,])[ \t]{0,4}(?<name>[\w.$!#%&'*+^|~-]{1,128})=(?<value>[^;,\s\\]{6,4096})/dg)) {
    const { name, value } = match.groups! as { name: string; value: string }
    if (
      attributes.test(name) ||
      isBlank(value) ||
      (isPlain(value) && !/\d{4}/.test(value)) ||
      (isWords(value) && value.length < 20)
    )
      continue
    const [start, end] = match.indices!.groups!.value!
    yield { start: at + start, end: at + end, kind: 'cookie', rank: 2 }
  }
}
