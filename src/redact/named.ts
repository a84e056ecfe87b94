import { isBlank, isCode, isID, isRandom, isWords } from './harmless.ts'
import type { Hit } from './hit.ts'
import { kindOfName } from './names.ts'

/** How a value was set: `env` as the environment has it (`TOKEN=…`), `quoted`, or `bare` as in YAML and programs. */
type Form = 'env' | 'quoted' | 'bare'

/**
 * Whether the value behind a name that promises a secret is one. Programs, translations and forms use the same names for words
 * and variables, so that what reads like one is none; the environment has nothing but values.
 */
function isSecretValue(value: string, kind: string, form: Form): boolean {
  if (value.length < 6) return false
  // A chain of names and values is looked at from each of its names.
  if (/\s|=[^=]+=[^=]/.test(value.slice(0, 200)) || isBlank(value) || isID(value)) return false
  if (form === 'env') {
    if (isCode(value) && !(kind === 'password' && /^\d{6,}$/.test(value))) return false
    return value.length >= 8 || !isWords(value) || kind === 'password'
  }
  if (isCode(value) || isWords(value)) return false
  // Marks that no name has, among letters and digits: someone made it up.
  if (/^(?=.*\d)(?=.*[A-Za-z])[\w!@#%^&*-]*[!@#%^&*][\w!@#%^&*-]*$/.test(value) && value.length >= 8) return true
  if (kind === 'password') return form === 'quoted' ? /[^\p{L}]/u.test(value) && !isPhrase(value) : isLikelyPassword(value)
  return (form === 'quoted' ? isRandom(value, 10) : isRandom(value, 12)) && !isIdentifier(value)
}

const isLikelyPassword = (value: string) => /\d/.test(value) && /\p{L}/u.test(value) && !isIdentifier(value)

/** Words with a number at one of them: `token_v2`, `sha256Hash`, `oauth2-token`. */
function isIdentifier(value: string): boolean {
  if (value.length >= 40 || !/^[A-Za-z][\w-]*$/.test(value)) return false
  const words = value.split(/[_-]+|(?<=[a-z0-9])(?=[A-Z])/)
  const letters = value.replace(/[^A-Za-z]/g, '').length
  return (
    words.length > 1 &&
    letters >= 3 * words.length &&
    words.every((word) => /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)\d{0,3}|\d{1,4})?$/.test(word))
  )
}

const isPhrase = (value: string) => /^[\p{L}\p{N}]+[.!?:…*]+$/u.test(value) && !/\d/.test(value)

const keyword =
  /passw(?:or)?d|passphrase|passcode|pwd|pass|secret|token|key|credential|creds|auth|cookie|jwt|bearer|\bpat\b|_pat\b|sig(?:nature)?\b/gi
const nameLetter = /[\w.-]/
/** What stands between a name and its value. */
const tail =
  /(?<rest>[\w.-]{0,60})(?<quote>\\{0,7}["'`])?\]?(?:[ \t]{0,8}(?:(?<sign>:=|=>|={1,3}|:|->)|(?: is| was|is set to| equals)(?=[ :]))[ \t]{0,8}:?|(?<apart>>|[ \t]{0,8}\|[ \t]{0,8}|[,;]?(?:\s|\\n){0,20}(?:\\{0,7}["'])?value(?:\\{0,7}["'])?[ \t]{0,4}[:=][ \t]{0,4}))(?<open>(?:[rbuf]|\(\w{1,10}\))?\\{0,7}["'`])?/iy
/** The same of a flag, and of `set NAME "…"`. */
const spaced = /(?<rest>[\w.-]{0,60})[ \t]{1,4}(?<open>\\{0,7}["'`])?/y

/** How much of a value is looked at; longer ones are no secrets of this kind. */
const longest = 4096
const boundary = '\0'

/**
 * Secrets behind names: `API_KEY=…` in a dump of the environment or a command, `"password": "…"` in JSON and YAML, also when it
 * was escaped once more, `apiKey: '…'` in programs, `Password=…;` in connection strings.
 */
export function* byName(text: string): Generator<Hit> {
  keyword.lastIndex = 0
  for (let found = keyword.exec(text); found; found = keyword.exec(text)) {
    let start = found.index
    while (start > 0 && found.index - start < 80 && nameLetter.test(text[start - 1]!)) start--
    tail.lastIndex = spaced.lastIndex = keyword.lastIndex
    const isArgument = text.startsWith('--', start) || /\bset(?:x|env)? $/i.test(text.slice(Math.max(0, start - 8), start))
    const match = tail.exec(text) ?? (isArgument ? spaced.exec(text) : null)
    const rest = /^[\w.-]*/.exec(text.slice(keyword.lastIndex, keyword.lastIndex + 60))![0]
    keyword.lastIndex += rest.length
    if (!match) continue
    let name = text.slice(start, found.index + found[0].length) + match.groups!.rest
    // `\nTOKEN=` and `\tTOKEN=` of a text that was escaped.
    if (text[start - 1] === '\\') name = name.replace(/^[nrt]/, '')
    const kind = kindOfName(name) ?? kindOfName(wordBefore(text, start) + name)
    if (kind === null) continue
    const from = match.index + match[0].length
    const { open, sign, apart } = match.groups!
    if (apart === '>' && text[start - 1] !== '<') continue
    const value = open === undefined ? bareValue(text, from) : quotedValue(text, from, open.replace(/^(?:[rbuf]|\(\w*\))/i, ''))
    const form = apart === '>' ? 'quoted' : formOf(text, start, name, sign, open, from)
    if (!isSecretValue(value, kind, form)) continue
    const end = open === undefined && value.length === judged ? runEnd(text, from + judged) : from + value.length
    yield { start: from, end, kind, rank: 1 }
    keyword.lastIndex = Math.max(keyword.lastIndex, end)
  }
}

/** `API key: …` has the name in two words. */
function wordBefore(text: string, start: number): string {
  return text[start - 1] === ' '
    ? (/(?:api|access|secret|private|auth|account|shared|client|signing|encryption) $/i.exec(
        text.slice(Math.max(0, start - 12), start),
      )?.[0] ?? '')
    : ''
}

function formOf(
  text: string,
  start: number,
  name: string,
  sign: string | undefined,
  open: string | undefined,
  from: number,
): Form {
  const tight = sign === '=' && text[from - 1 - (open?.length ?? 0)] === '='
  if (tight && /^[A-Z][A-Z0-9_]*$/.test(name) && /[\s"'`;&\0]|\\|^$/.test(text[start - 1] ?? '')) return 'env'
  if (tight && text[start - 1] === ';') return 'env'
  return open === undefined ? 'bare' : 'quoted'
}

/** What is not quoted is judged by its beginning; a run of letters without end would be read again from every name in it. */
const judged = 512

function bareValue(text: string, from: number): string {
  const value = /^[^\s"'`,;<>|&\0\\]+/.exec(text.slice(from, from + judged))?.[0] ?? ''
  // Closing brackets belong to what is around, unless they were opened here.
  return /[([{]/.test(value) ? value : value.replace(/[)\]}]{1,20}[.,;:]{0,3}$|[.,:]{1,3}$/, '')
}

/** Where a run ends of which so much is a secret. */
function runEnd(text: string, end: number): number {
  const rest = /^[^\s"'`,;<>|&()[\]{}\0\\]+/.exec(text.slice(end, end + 64 * judged))
  return end + (rest?.[0].length ?? 0)
}

/** Up to the same quote, with as many backslashes before it; not over a line's end. */
function quotedValue(text: string, from: number, open: string): string {
  const area = text.slice(from, from + longest)
  const end = closing(area, open)
  const line = /[\n\0]/.exec(area)?.index ?? area.length
  return area.slice(0, Math.min(end, line))
}

function closing(area: string, open: string): number {
  for (let at = area.indexOf(open); at >= 0; at = area.indexOf(open, at + 1)) {
    // `\"` inside of `"…"` is a letter of it.
    if (open.length > 1 || area[at - 1] !== '\\') return at
    if (/(?:^|[^\\])(?:\\\\)+$/.test(area.slice(Math.max(0, at - 20), at))) return at
  }
  return area.length
}

/** The secret in the value of a key of the document itself: `{"password": "…"}` in a tool's input. */
export function inLabelled(label: string, value: string): Hit | undefined {
  if (value.length > longest) return undefined
  const kind = kindOfName(label)
  if (kind === null || value.includes(boundary)) return undefined
  const scheme = /^(?:Bearer|Basic|Token|Bot|ApiKey|Key) +/i.exec(value)?.[0].length ?? 0
  const secret = value.slice(scheme).trimEnd()
  if (kind === 'cookie' || !isSecretValue(secret, kind, 'quoted')) return undefined
  return { start: scheme, end: scheme + secret.length, kind, rank: 1 }
}
