/**
 * How text is cut into the tokens that search compares. One definition for the index, for the scan without it, for queries and
 * for snippets, so that all four agree: a token is a run of letters, digits and marks, folded (case, accents, compatibility
 * forms); signs of scripts that are written without spaces, and pictographs, are a token each.
 */

/** Tokens are cut here, so that a hash or a blob of base64 does not become a word of a megabyte. */
export const longestToken = 100
/** Longer words have no pieces: they are data, not names. */
const longestName = 64

const spaceless =
  '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\u30fc\\uff70\\p{Extended_Pictographic}'
/** A Korean syllable spelled in single letters, as macOS writes file names. */
const jamo = '[\\u1100-\\u115f\\ua960-\\ua97c][\\u1160-\\u11a7\\ud7b0-\\ud7c6][\\u11a8-\\u11ff\\ud7cb-\\ud7fb]?'
/** Marks that folding takes away: accents (not vowel signs of other scripts), soft hyphen, and characters of no width. */
export const ignored =
  '\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\u00ad\\u200b-\\u200d\\u2060\\ufeff'
const sign = `(?:${jamo}|[${spaceless}][\\u3099\\u309a\\uff9e\\uff9f]?)`
const run = `[[\\p{L}\\p{N}\\p{M}${ignored}]--[${spaceless}]]+`
const words = new RegExp(`${sign}|${run}`, 'gv')
const ignoredMarks = new RegExp(`[${ignored}]+`, 'g')
const asciiWords = /[A-Za-z0-9]+/g

const ascii = /^[\x00-\x7f]*$/

/** Whether text needs none of the rules for other scripts: its tokens are the runs of `[A-Za-z0-9]`. */
export const isAscii = (text: string): boolean => ascii.test(text)

/** Text without differences that search does not make: case, accents, compatibility forms. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  const letters = text.toLowerCase().normalize('NFKD').replace(ignoredMarks, '').toLowerCase()
  return letters.replaceAll('ß', 'ss').replaceAll('ς', 'σ').normalize('NFC')
}

function cut(token: string): string {
  if (token.length <= longestToken) return token
  const short = token.slice(0, longestToken)
  return short.isWellFormed() ? short : short.slice(0, -1)
}

/** Where a word stands in a text, and the tokens that it is searched by. */
export interface Word {
  readonly start: number
  readonly end: number
  /** Nearly always one; a compatibility form may be made of several. */
  readonly tokens: readonly string[]
}

/** The words of a text in order. */
export function* wordsOf(text: string): Iterable<Word> {
  if (isAscii(text)) {
    for (const match of text.matchAll(asciiWords)) {
      yield { start: match.index, end: match.index + match[0].length, tokens: [cut(match[0].toLowerCase())] }
    }
    return
  }
  for (const match of text.matchAll(words)) {
    const [word] = match
    const tokens = isAscii(word) ? [word.toLowerCase()] : (fold(word).match(words) ?? [])
    if (tokens.length > 0) yield { start: match.index, end: match.index + word.length, tokens: tokens.map(cut) }
  }
}

/** The tokens of a text in order. */
export function tokensOf(text: string): string[] {
  return [...wordsOf(text)].flatMap(({ tokens }) => tokens)
}

const hump = /[a-z0-9][A-Z]|[A-Z]{2}[a-z]/g
function isAlphanumeric(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90)
}

const isUpper = (code: number) => code >= 65 && code <= 90
const isLower = (code: number) => code >= 97 && code <= 122

/**
 * The folded pieces of a name: a new one begins at a capital after a small letter or digit, and at the last of several capitals
 * before a small letter.
 */
function piecesOfName(name: string): string[] {
  const pieces: string[] = []
  let start = 0
  for (let at = 1; at <= name.length; at++) {
    const code = name.charCodeAt(at)
    const begins = isUpper(code) && (!isUpper(name.charCodeAt(at - 1)) || isLower(name.charCodeAt(at + 1)))
    if (!begins && at < name.length) continue
    if (at - start > 1) pieces.push(name.slice(start, at).toLowerCase())
    start = at
  }
  return pieces
}

/** The names in camel case in a text, each once. */
function namesIn(text: string): Set<string> {
  const names = new Set<string>()
  hump.lastIndex = 0
  for (let match = hump.exec(text); match; match = hump.exec(text)) {
    let start = match.index
    let end = start + match[0].length
    while (start > 0 && isAlphanumeric(text.charCodeAt(start - 1))) start--
    while (end < text.length && isAlphanumeric(text.charCodeAt(end))) end++
    if (end - start <= longestName) names.add(text.slice(start, end))
    hump.lastIndex = end
  }
  return names
}

/** The folded pieces of the names in camel case in a text: `parseHTTPToken` is also found by `parse`, `http` and `token`. */
export function piecesOf(text: string): Set<string> {
  const pieces = new Set<string>()
  for (const name of namesIn(text)) for (const piece of piecesOfName(name)) pieces.add(piece)
  return pieces
}

/**
 * Pieces stand in the index under this sign, so that a phrase of them does not match across words. It is in no token: private
 * use.
 */
export const pieceMark = '\ue000'

const longRun = new RegExp(`[A-Za-z0-9]{${longestToken + 1},}`, 'g')

/** Whether some token must be cut: a run so long covers one of the places that are looked at. */
function hasLongRun(text: string): boolean {
  for (let at = longestToken; at < text.length; at += longestToken) {
    let start = at
    let end = at
    while (start >= 0 && isAlphanumeric(text.charCodeAt(start))) start--
    while (end < text.length && isAlphanumeric(text.charCodeAt(end))) end++
    if (end - start - 1 > longestToken) return true
    at = Math.max(at, end - longestToken)
  }
  return false
}

const beyondAscii = /[^\x00-\x7f][A-Za-z0-9\u0080-\uffff]*/g

/**
 * A text with its tokens in place of the runs of letters and digits that hold something beyond ASCII: no word goes on across what
 * is between them.
 */
function asciiWordsKept(text: string): string {
  let kept = ''
  let end = 0
  beyondAscii.lastIndex = 0
  for (let match = beyondAscii.exec(text); match; match = beyondAscii.exec(text)) {
    let start = match.index
    while (start > end && isAlphanumeric(text.charCodeAt(start - 1))) start--
    kept += text.slice(end, start)
    end = beyondAscii.lastIndex
    kept += ` ${tokensOf(text.slice(start, end)).join(' ')} `
  }
  return kept + text.slice(end)
}

/**
 * What the index is given of a text: FTS5's tokenizer `ascii`, which folds ASCII and takes everything beyond it as letters, finds
 * just the tokens in it.
 */
export function indexedText(text: string): string {
  const plain = isAscii(text) ? text : asciiWordsKept(text)
  const body = hasLongRun(plain) ? plain.replace(longRun, cut) : plain
  const pieces = piecesOf(text)
  if (pieces.size === 0) return body
  return `${body} ${pieceMark}${[...pieces].join(` ${pieceMark}`)}`
}
