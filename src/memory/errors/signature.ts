import { safeText } from '../../render/safe-text.ts'

/** What tells an error from others: words of the lines that name it, with their weights. Places and numbers are no part of it. */
export type Signature = ReadonlyMap<string, number>

/** Of a longer text the beginning and the end are looked at: what is between is a trace. */
const linesLooked = 400
const longestLine = 500
/** Lines that make a signature, the most telling ones. */
const linesTaken = 12

const telling =
  /error|fail|fatal|panic|exception|cannot|can't|couldn't|could not|unable|not found|no such|denied|refused|undefined|unexpected|unknown|invalid|missing|conflict|reject|traceback|timed?[ -]?out|unresolved|expected|mismatch|forbidden|unauthorized|already|does not|doesn't|is not|no module|overflow|reset|killed|abort|warning|detected|violat|deprecat/i

/** `TS2345`, `E0308`, `ERR_MODULE_NOT_FOUND`, `ENOENT`, `SQLITE_BUSY`, `DEP0190`, `CS1061`. */
const code = /^(?:[A-Z]{1,6}\d{2,6}|E[A-Z]{4,}|[A-Z]+(?:_[A-Z0-9]+)+)$/
/** `TypeError`, `ModuleNotFoundError`, `ImportException`. */
const errorName = /^[A-Z]\w*(?:Error|Exception|Warning|Failure)$/

/** `main.go`, `user.ts`: where it happened to be. */
const fileName = /\.[a-z]{1,4}$/

const weights = { code: 8, name: 2, quoted: 3, word: 1, file: 0.3 }

const ignored = new Set(
  (
    'a an and are as at be been but by do for from has have if in into is it its of on or that the their then there this to was ' +
    'were when which while will with you your we i error errors failed failure npm info warn at line column file'
  ).split(' '),
)

/** The signature of what a tool printed, or of what somebody pasted. Empty when nothing in it is telling. */
export function signatureOf(text: string): Signature {
  const words = new Map<string, number>()
  for (const line of tellingLines(text)) {
    for (const [word, weight] of wordsOf(line)) if (weight > (words.get(word) ?? 0)) words.set(word, weight)
  }
  return words
}

/** The lines that name an error, in their order; without any, the last lines. */
export function tellingLines(text: string): string[] {
  const lines = edges(text)
  const scored = lines.map((line, index) => ({ line, index, score: scoreOf(line) }))
  const best = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.index - b.index)
  const chosen = best.length > 0 ? best.slice(0, linesTaken).sort((a, b) => a.index - b.index) : scored.slice(-3)
  return chosen.map(({ line }) => line)
}

function edges(text: string): string[] {
  const most = linesLooked * longestLine
  const kept = text.length > 2 * most ? `${text.slice(0, most)}\n${text.slice(-most)}` : text
  const lines = safeText(kept)
    .split('\n')
    .map((line) => line.slice(0, longestLine).trim())
    .filter((line) => line !== '')
  return lines.length > 2 * linesLooked ? [...lines.slice(0, linesLooked), ...lines.slice(-linesLooked)] : lines
}

function scoreOf(line: string): number {
  const hasCode = line.split(/[^\w]+/).some((word) => code.test(word) || errorName.test(word))
  return (telling.test(line) ? 2 : 0) + (hasCode ? 3 : 0)
}

/** Places differ from one machine to the next: of a path the last name stays, of an address the host. */
function withoutPlaces(line: string): string {
  return line
    .replace(/\b\d{4}-\d\d-\d\d[T ][\d:.,]+Z?\b/g, ' ')
    .replace(/\b0x[0-9a-f]+\b/gi, ' ')
    .replace(/\b[0-9a-f]{7,64}\b/g, (hash) => (/\d/.test(hash) ? ' ' : hash))
    .replace(/\bhttps?:\/\/([^\s/:'"]+)[^\s'"]*/g, ' $1 ')
    .replace(/(?:[A-Za-z]:)?[\w.@~-]*(?:[\\/][\w.@~+-]+)+/g, (path) => ` ${path.split(/[\\/]/).at(-1)} `)
    .replace(/[:(]\d+(?:[:,]\d+)?\)?/g, ' ')
}

function wordsOf(line: string): [string, number][] {
  const found: [string, number][] = []
  const plain = withoutPlaces(line)
  const quotes = [...plain.matchAll(/['"`‘“]([^'"`’”]{1,80})['"`’”]/g)].flatMap(([, inside]) => split(inside!))
  const quoted = new Set(quotes)
  for (const word of split(plain)) {
    const key = word.toLowerCase()
    if (ignored.has(key) || (word.length < 2 && !quoted.has(word))) continue
    found.push([key, weightOf(word, quoted)])
  }
  return found
}

function weightOf(word: string, quoted: ReadonlySet<string>): number {
  if (code.test(word)) return weights.code
  if (errorName.test(word)) return weights.name
  if (quoted.has(word)) return weights.quoted
  return fileName.test(word) ? weights.file : weights.word
}

const split = (text: string): string[] =>
  text.match(/[\p{L}_$][\p{L}\p{N}_$-]*(?:\.[\p{L}_$][\p{L}\p{N}_$-]*)*|\b[45]\d\d\b/gu) ?? []

/**
 * How much of one error is in another, from 0 to 1: of the weights of its words those that the other has, too.
 * @param rarity what a word weighs besides, by how many errors have it
 */
export function likeness(asked: Signature, other: Signature, rarity: (word: string) => number): number {
  let all = 0
  let shared = 0
  for (const [word, weight] of asked) {
    const value = weight * rarity(word)
    all += value
    if (other.has(word)) shared += value
  }
  return all === 0 ? 0 : shared / all
}
