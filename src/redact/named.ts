import type { Hit } from './hit.ts'
import { isLineHead, linesAround, type Neighbours } from './lines.ts'
import { kindOfName, type Named } from './names.ts'
import { type Form, isMadeUp, isSecretValue, isStrong } from './values.ts'
import { bareValue, blockScalar, lineValue, listItems, quotedValue } from './written.ts'

/** What names of secrets have in them, in lower case; a name is looked at wherever one stands. */
export const nameWords = [
  ...['passw', 'passphrase', 'passcode', 'pwd', 'pass', 'secret', 'token', 'key', 'credential', 'cred', 'auth', 'cookie', 'jwt'],
  ...[
    'bearer',
    'pat',
    'sig',
    'salt',
    'kennwort',
    'psk',
    'pw',
    'contrase',
    'senha',
    'passe',
    'mdp',
    'wachtwoord',
    'has\u0142o',
    'haslo',
  ],
  ...[
    'sifre',
    '\u015fifre',
    'parola',
    '\u043f\u0430\u0440\u043e\u043b\u044c',
    '\u0442\u043e\u043a\u0435\u043d',
    'jeton',
    'geheimnis',
  ],
  ...[
    'segredo',
    'lozinka',
    'heslo',
    'psw',
    'verifier',
    'oauthstate',
    '_code',
    'accesscode',
    'devicecode',
    'pepper',
    'authtok',
    '_session',
  ],
]

const nameLetter = /[\p{L}\p{M}\p{N}_.$-]/u
const longestBefore = 80
const longestAfter = 60

/** What stands between a name and its value. */
const tail = new RegExp(
  [
    String.raw`\]?(?<quote>\\{0,7}["'\u0060]|\*{2}|__)?(?:\]|\})?(?:\*{2}|__)?[?!]?(?:`,
    // The value of a value: `{"name": "…", "value": "…"}`, `"…": {"value": "…"}`, `default = "…"`.
    String.raw`(?<value>[ \t]?[,;:{]{0,2}(?:\s|\\n){0,20}(?:type\s{0,8}=\s{0,8}string\s{1,8}|\{\s{0,20}(?:"\w{1,20}"\s{0,4}:\s{0,4}(?:true|false|"[^"\n]{0,20}"),\s{0,20}){0,3})?(?:\\{0,7}["'])?(?:[vV]alue|default|content)(?:\\{0,7}["'])?[ \t]{0,4}[:=][ \t]{0,4}|=>\s{1,20}string\(\d{1,5}\) (?="))|`,
    // A sign, after a type maybe.
    String.raw`[ \t]{0,30}(?:(?::[ \t]?(?:&(?:'static )?)?[A-Za-z][\w.<>|[\]]{0,30}|[ \t]As[ \t]String)[ \t]{1,4}(?==[ \t"'\u0060]))?`,
    String.raw`(?<sign>:=|\?=|=>|[=!]={1,2}(?=[ \t"'\u0060])|=|:|：|＝|->|\|\|(?=[ \t]*["'\u0060])|\?\?(?=[ \t]*["'\u0060])|\bor(?=[ \t]*["']))[ \t]{0,30}(?::[ \t]?)?(?:(?:\*{2}|__)(?=[ \t]))?[ \t]{0,4}`,
    // Words.
    String.raw`|(?<words>(?:[ \t]{1,4}(?:is|was|are|ist|lautet|est|es|é|è|equals|set to|now|to)){1,3}[ \t]{0,2}:?[ \t]{1,4}(?:\*{2})?)`,
    // A list or a call of quoted texts.
    String.raw`|(?<call>,[ \t]{0,20}(?:\(|Some\()?|\([ \t]{0,4}(?:Some\()?|\)?\)(?:\.\w{1,20}\(\)){0,2}\.(?:type|fill|send_?[kK]eys|setValue|val|toBe|toEqual|to\.equal|press\w{0,12})\(|\{)(?=(?:b|r|\\{0,3})?["'\u0060])`,
    // Elsewhere in a row, an element, an object.
    String.raw`|(?<apart></key>\s{0,20}<string>|(?:[ \t]\w{1,20}="[^"\n]{0,60}"){0,3}>|[ \t]{0,40}[|│┃][ \t]{0,8}|\t|[ \t]{2,40}(?=\S))`,
    String.raw`)(?<open>(?:[rbufNL@$]|\(\w{1,10}\))?\\{0,7}["'\u0060])?`,
  ].join(''),
  'y',
)
/** A blank, as behind a flag, `set NAME` and `password` in a file of credentials. */
const spaced = /["']?[ \t]{1,4}(?<open>\\{0,7}["'`])?/y

const argument =
  /(?:--?|#define |\b(?:set|setx|setenv)(?: -\w{1,4}){0,2} |:set |config set (?:\S{1,120}:)?|secret set |--secret |config (?:set )?(?:--global )?)["']?(?:\w{1,40}:){0,2}$/i

/** What was found behind a name, and where to look for the next one. */
interface AtName {
  readonly hits: readonly Hit[]
  readonly end: number
}

/**
 * Secrets behind a name: `API_KEY=…` in a dump of the environment or a command, `"password": "…"` in JSON and YAML, also when it
 * was escaped once more, `apiKey: '…'` in programs, `Password=…;` in connection strings, rows of tables, elements of XML.
 * @param at where a word of {@link nameWords} begins
 */
export function namedAt(text: string, at: number, length: number): AtName {
  let start = at
  while (start > 0 && at - start < longestBefore && nameLetter.test(text[start - 1]!)) start--
  let end = at + length
  while (end < text.length && end - at < longestAfter && nameLetter.test(text[end]!)) end++
  // A full stop ends a sentence, and is no part of a name.
  while (end > at + length && /[.$-]/.test(text[end - 1]!)) end--
  let name = text.slice(start, end)
  // `\nTOKEN=` and `\tTOKEN=` of a text that was escaped.
  if (text[start - 1] === '\\') name = name.replace(/^[nrt]/, '')
  const named = kindOfName(name) ?? kindOfName(wordBefore(text, start) + name)
  if (named === null || isOfBadge(text, start)) return { hits: [], end }
  tail.lastIndex = end
  const match = tail.exec(text) ?? spacedTail(text, start, end, named)
  if (!match) return { hits: [], end }
  const hits = [...valuesAt(text, { start, end, name, named }, match)]
  if (hits.length === 0 && isRunOn(text, end)) return { hits, end: end + runOn / 2 }
  return { hits, end: Math.max(end, hits.at(-1)?.end ?? 0) }
}

/** So many letters without a blank are bytes, and no names and values. */
const runOn = 1024
const isRunOn = (text: string, at: number) => text.length - at > runOn && !/[\s\0]/.test(text.slice(at, at + runOn))

/** `badge.svg?token=…` of a page that everybody sees. */
const isOfBadge = (text: string, start: number) =>
  text[start - 1] === '?' && /badge[\w./-]{0,30}\?$/.test(text.slice(Math.max(0, start - 40), start))

function spacedTail(text: string, start: number, end: number, named: Named): RegExpExecArray | null {
  spaced.lastIndex = end
  const match = spaced.exec(text)
  if (!match) return null
  if (argument.test(text.slice(Math.max(0, start - 60), start))) return match
  // `password 5Fx…` of a file of credentials, and in prose: only what nothing else could be.
  const value = bareValue(text, match.index + match[0].length, 'space')
  return named.isSure && (isStrong(value, 16) || (named.kind === 'password' && isMadeUp(value) && /[^\w-]|\d.*\d/.test(value)))
    ? match
    : null
}

interface Place {
  readonly start: number
  readonly end: number
  readonly name: string
  readonly named: Named
}

function* valuesAt(text: string, { start, end, name, named }: Place, match: RegExpExecArray): Generator<Hit> {
  const { kind, isSure } = named
  const { quote, open, sign, words, call } = match.groups!
  const apart = match.groups!.apart ?? match.groups!.value
  const from = match.index + match[0].length
  if (call !== undefined && open === undefined && call !== '{') return
  const isElement = apart?.endsWith('>') === true
  if (isElement && apart !== '</key><string>' && text[start - 1] !== '<' && quote === undefined && !apart!.startsWith('</key>'))
    return
  if (sign === '->' && text[from] === '>') return
  const quoteOpen = open?.replace(/^(?:[rbufNL@$]|\(\w*\))/i, '')
  const hit = (at: number, value: string, form: Form): Hit | undefined => {
    const ok = words !== undefined || call !== undefined ? isSaid(value, named, form) : isSecretValue(value, kind, form, isSure)
    return ok ? { start: at, end: at + value.length, kind, rank: 1 } : undefined
  }
  if (quoteOpen !== undefined) {
    const value = quotedValue(text, from, quoteOpen)
    const found = hit(from, value, isElement ? 'quoted' : formOf(text, start, name, sign, from - open!.length, true))
    if (found) yield found
    yield* changedTo(text, from + value.length + quoteOpen.length, kind, found !== undefined)
    return
  }
  if (sign !== undefined && text[from] === '[') {
    yield* listed(text, from + 1, kind)
    return
  }
  if (sign === ':') {
    const items = listItems(text, from)
    for (const item of items) {
      const found = hit(item.start, item.value, item.isQuoted ? 'quoted' : 'line')
      if (found) yield found
    }
    if (items.length > 0) return
  }
  if (sign === ':' || sign === '=') {
    const block = blockScalar(text, from, start)
    if (block) {
      const found = hit(block.start, text.slice(block.start, block.end), 'quoted')
      if (found) yield { ...found, end: block.end }
      return
    }
  }
  const around = linesAround(text, start)
  const at = sign === ':' ? from + (/^&[\w-]{1,40}[ \t]+/.exec(text.slice(from, from + 48))?.[0].length ?? 0) : from
  // `name: X` and `value: Y` on lines of their own.
  const isBelow = apart?.includes('\n') === true
  const form = isElement ? 'quoted' : isBelow ? 'line' : formOf(text, start, name, sign, from, false)
  for (const value of candidates(text, at, { quote, sign, apart, start, end }, form, around)) {
    const found = hit(at, value, form)
    if (!found) continue
    yield found
    return
  }
}

/** What may be the value, the longest first. */
function* candidates(
  text: string,
  from: number,
  {
    quote,
    sign,
    apart,
    start,
    end,
  }: { quote?: string | undefined; sign?: string | undefined; apart?: string | undefined; start: number; end: number },
  form: Form,
  around: Neighbours,
): Generator<string> {
  // `"NAME=value"`: a text of its own, in a list.
  const before = text[start - 1] ?? ''
  if (quote === undefined && sign === '=' && /["'`]/.test(before) && text[end] === '=') {
    const escaped = /\\{1,7}$/.exec(text.slice(Math.max(0, start - 8), start - 1))?.[0] ?? ''
    const value = quotedValue(text, from, escaped + before)
    if (!value.includes('=') || /^[A-Z][A-Z0-9_]*$/.test(text.slice(start, end))) yield value
  }
  if ((sign === '=' || sign === ':') && around.isLineHead) {
    const value = lineValue(text, from)
    if (form !== 'bare' && (!/\s/.test(value) || around.isAmongSettings)) yield value
  }
  if (apart?.includes('\n')) {
    const value = lineValue(text, from)
    if (!/\s/.test(value)) yield value
  }
  if (apart !== undefined && /[|│┃\t]|^ {2}/.test(apart) && isCell(text, start)) {
    const cell = /^[^|│┃\t\n\0]*/.exec(text.slice(from, from + 400))![0].trimEnd()
    if (cell.length > 0 && !/\s{2}/.test(cell)) yield cell
  }
  yield bareValue(
    text,
    from,
    /(?:-e|--env|--build-arg|-var|--set) ["']?$/.test(text.slice(Math.max(0, start - 14), start)) ? 'space' : 'marks',
  )
}

/** Whether nothing but marks stands between a place and the beginning of its row or cell. */
const isCell = (text: string, at: number) =>
  /(?:^|[\n\0|│┃\t])[ \t*`"'+-]*(?:\w{1,12} )?$/.test(text.slice(Math.max(0, at - 60), at))

/** The value that follows in words or as an argument: there it must look like a secret by itself. */
function isSaid(value: string, { kind, isSure }: Named, form: Form): boolean {
  if (!isSecretValue(value, kind, form === 'env' ? 'quoted' : form, isSure)) return false
  return kind === 'password' ? isMadeUp(value) : isStrong(value, 10) || (isMadeUp(value) && /[^\w-]/.test(value))
}

/** `"old" -> "new"`. */
function* changedTo(text: string, from: number, kind: string, isFound: boolean): Generator<Hit> {
  const arrow = /^[ \t]{0,4}(?:->|=>|→)[ \t]{0,4}(?<open>["'`])/.exec(text.slice(from, from + 16))
  if (!arrow) return
  const start = from + arrow[0].length
  const value = quotedValue(text, start, arrow.groups!.open!)
  if (isFound || isSecretValue(value, kind, 'quoted', true)) yield { start, end: start + value.length, kind, rank: 1 }
}

/** The texts of a list, as of recovery codes. */
function* listed(text: string, from: number, kind: string): Generator<Hit> {
  const item = /[\s,]{0,40}(?<open>\\{0,7}["'])/y
  item.lastIndex = from
  for (let count = 0; count < 100; count++) {
    const match = item.exec(text)
    if (!match) return
    const start = item.lastIndex
    const value = quotedValue(text, start, match.groups!.open!)
    if (isSecretValue(value, kind, 'quoted', true)) yield { start, end: start + value.length, kind, rank: 1 }
    item.lastIndex = start + value.length + match.groups!.open!.length
  }
}

/** `API key: …` has the name in two words. */
function wordBefore(text: string, start: number): string {
  if (text[start - 1] !== ' ') return ''
  return (
    /(?:api|access|secret|private|auth|account|shared|client|signing|encryption|sdk|admin|master|mot de) $/i.exec(
      text.slice(Math.max(0, start - 12), start),
    )?.[0] ?? ''
  )
}

function formOf(text: string, start: number, name: string, sign: string | undefined, from: number, isQuoted: boolean): Form {
  const tight = sign === '=' && text[from - 1] === '='
  if (tight && /^[A-Z][A-Z0-9_]*$/.test(name) && /[\s"'`;&\0(]|\\|^$/.test(text[start - 1] ?? '')) return 'env'
  if (tight && text[start - 1] === ';') return 'env'
  if (isQuoted) return 'quoted'
  return (sign === ':' || sign === '=') && isLineHead(text, start) ? 'line' : 'bare'
}

/** The secret in the value of a key of the document itself: `{"password": "…"}` in a tool's input. */
export function inLabelled(label: string, value: string): Hit | undefined {
  if (value.length > 4096) return undefined
  const named = kindOfName(label)
  if (named === null || named.kind === 'cookie' || value.includes('\0')) return undefined
  const scheme = /^(?:Bearer|Basic|Token|Bot|ApiKey|Key) +/i.exec(value)?.[0].length ?? 0
  const secret = value.slice(scheme).trimEnd()
  if (!isSecretValue(secret, named.kind, 'quoted', named.isSure)) return undefined
  return { start: scheme, end: scheme + secret.length, kind: named.kind, rank: 1 }
}
