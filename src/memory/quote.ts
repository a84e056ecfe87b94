import { isObject } from '../base/json.ts'
import { secretPlaces } from '../redact/redact.ts'
import { safeText } from '../render/safe-text.ts'

/** A text of a session that an answer quotes, whole or in pieces. Places are in UTF-16 units of the text itself. */
export interface Quotable {
  readonly text: string
  /** A piece of it as it may be told: without secrets, also where the piece would cut one in two. */
  piece(start: number, end: number): string
}

interface Place {
  readonly start: number
  readonly end: number
  readonly kind: string
}

/**
 * Letters that a model reads and a person does not see: tags and selectors of Unicode, which can spell out whole sentences, marks
 * of no width and of direction, fillers.
 */
const unseen = /\p{Default_Ignorable_Code_Point}+/gu
/** These have their place in names, and between the parts of an emoji. */
const needed = new Set(['\u200c', '\u200d', '\ufe0e', '\ufe0f', '\ufe0f\u200d'])

/** A text without what a terminal takes for commands, without what nobody sees, and without halves of letters. */
export const fitToQuote = (text: string): string =>
  safeText(text)
    .replace(unseen, (letters) => (needed.has(letters) ? letters : ''))
    .toWellFormed()

/** The same with all texts of an answer: also names, ids and directories are what a session says. */
export function allFitToQuote<T>(answer: T): T {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return fitToQuote(value)
    if (Array.isArray(value)) return value.map(clean)
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]))
  }
  return clean(answer) as T
}

/**
 * Makes texts fit to be quoted. What nobody sees goes at once, because places are told in what is left; secrets are looked for in
 * all texts together, as one may name what is a secret in another.
 * @param redact false leaves secrets where they are: a person wants it so
 */
export async function quotable(texts: readonly string[], redact: boolean): Promise<Quotable[]> {
  const clean = texts.map(fitToQuote)
  const places = redact ? await secretPlaces(clean) : new Map<number, readonly Place[]>()
  return clean.map((text, index) => {
    const secrets = places.get(index) ?? []
    return { text, piece: (start, end) => pieceOf(text, secrets, start, end) }
  })
}

/** The texts whole. */
export async function quoted(texts: readonly string[], redact: boolean): Promise<string[]> {
  return (await quotable(texts, redact)).map(({ text, piece }) => piece(0, text.length))
}

function pieceOf(text: string, secrets: readonly Place[], start: number, end: number): string {
  let out = ''
  let at = start
  for (const secret of secrets) {
    if (secret.end <= at) continue
    if (secret.start >= end) break
    out += `${text.slice(at, Math.max(at, secret.start))}[redacted:${secret.kind}]`
    at = secret.end
  }
  return at < end ? out + text.slice(at, end) : out
}

/** The nearest place at or before this one that is not inside a code point. */
export function wholeAt(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return Math.max(0, Math.min(at, text.length))
  const inside = /[\ud800-\udbff]/.test(text[at - 1]!) && /[\udc00-\udfff]/.test(text[at]!)
  return inside ? at - 1 : at
}

/** On one line, and no longer than so many characters; an ellipsis says where it was cut. */
export function shortLine(text: string, longest: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= longest ? line : `${line.slice(0, wholeAt(line, longest - 1)).trimEnd()}…`
}
