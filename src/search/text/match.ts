import type { Term } from '../query.ts'
import { requiredLiteral } from './literal.ts'
import { fold, ignored, isAscii, piecesOf, wordsOf } from './tokens.ts'

/** Where a text meets a term, as offsets of its characters. */
export type Range = readonly [start: number, end: number]

/** A term, ready to be looked for in many texts. */
export interface Matcher {
  readonly term: Term
  /** Whether the text meets the term. */
  test(text: string): boolean
  /** Whether it would if case did not count: what the index can tell. The same as `test` for a term without such a condition. */
  testFolded(text: string): boolean
  /** Every place where it does, in order, not overlapping. */
  ranges(text: string): Iterable<Range>
  /** False only where no text inside a record can meet the term, told from the record's JSON without parsing it. */
  mayMatch(json: string): boolean
}

export function matcherOf(term: Term): Matcher {
  if (term.kind === 'any') return { term, test: () => true, testFolded: () => true, ranges: () => [], mayMatch: () => true }
  return term.kind === 'regex' ? regexMatcher(term) : wordMatcher(term)
}

function regexMatcher(term: Term & { kind: 'regex' }): Matcher {
  const global = new RegExp(term.regex.source, `${term.regex.flags}g`)
  const test = (text: string) => term.regex.test(text)
  const literal = requiredLiteral(term.regex.source)
  const hint = new RegExp(escaped(literal), term.regex.ignoreCase ? 'iu' : 'u')
  return {
    term,
    test,
    testFolded: test,
    *ranges(text) {
      for (const match of text.matchAll(global)) {
        if (match[0] !== '') yield [match.index, match.index + match[0].length]
      }
    },
    mayMatch: (json) => literal === '' || json.includes('\\u') || hint.test(json),
  }
}

function wordMatcher(term: Term & { kind: 'words' }): Matcher {
  const { tokens, prefix, exact } = term
  const fast = tokens.every((token) => isAscii(token) && token.length < 100) ? asciiPattern(tokens, prefix) : null
  let made: RegExp[] | undefined
  const hints = () => {
    made ??= tokens.map(hintOf)
    return made
  }
  const single = tokens.length === 1 ? tokens[0]! : null
  const inside = single !== null && isAscii(single) ? new RegExp(single, 'i') : null
  const testFolded = (text: string): boolean => {
    if (isAscii(text)) {
      if (fast === null) return tokens.every(isAscii) && !walk(text).next().done
      if (fast.test(text)) return true
      // Not as a word; perhaps as a piece of a name.
      return single !== null && inside?.test(text) === true && hasPiece(text, single, prefix)
    }
    return (made === undefined || made.every((hint) => hint.test(text))) && !walk(text).next().done
  }
  function* walk(text: string): Generator<Range> {
    const open: { start: number; next: number }[] = []
    for (const word of wordsOf(text)) {
      let found: Range | undefined
      for (const token of word.tokens) {
        const meets = (at: number) => (prefix && at === tokens.length - 1 ? token.startsWith(tokens[at]!) : token === tokens[at])
        // Candidates that began earlier come first, so that the longest stretch back is the one that is found.
        const begun = open.splice(0)
        for (const candidate of begun) if (meets(candidate.next)) open.push({ ...candidate, next: candidate.next + 1 })
        if (meets(0)) open.push({ start: word.start, next: 1 })
        const whole = open.find((candidate) => candidate.next === tokens.length)
        if (whole) found = [whole.start, word.end]
        for (let at = open.length - 1; at >= 0; at--) if (open[at]!.next === tokens.length) open.splice(at, 1)
      }
      if (!found && single !== null && hasPiece(text.slice(word.start, word.end), single, prefix)) found = [word.start, word.end]
      if (found) {
        yield found
        open.length = 0
      }
    }
  }
  const meetsCase = (text: string) => exact === null || exact.test(text)
  return {
    term,
    testFolded,
    test: (text) => testFolded(text) && meetsCase(text),
    *ranges(text) {
      for (const range of walk(text)) {
        // A piece of a name stands inside the word that was found.
        if (exact === null || exact.test(text.slice(range[0], range[1] + 1))) yield range
      }
    },
    mayMatch: (json) => json.includes('\\u') || hints().every((hint) => hint.test(json)),
  }
}

/** The words one after another in text that is all ASCII, where only punctuation and space may stand between them. */
function asciiPattern(tokens: readonly string[], prefix: boolean): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${tokens.join('[^A-Za-z0-9]+')}${prefix ? '' : '(?![A-Za-z0-9])'}`, 'i')
}

function hasPiece(text: string, token: string, prefix: boolean): boolean {
  for (const piece of piecesOf(text)) if (prefix ? piece.startsWith(token) : piece === token) return true
  return false
}

/**
 * For each folded character the characters that fold to it; under `''`, those that fold to several. Made once, when a scan first
 * needs it.
 */
let unfolded: Map<string, string> | undefined

function unfold(): Map<string, string> {
  if (unfolded) return unfolded
  unfolded = new Map()
  const add = (to: string, from: string) => unfolded!.set(to, (unfolded!.get(to) ?? '') + from)
  for (let code = 0x80; code < 0x20000; code++) {
    // Not the Han and Hangul blocks and the surrogates: what is in them folds to itself.
    if (code === 0x3400) code = 0xa000
    if (code === 0xac00) code = 0xf900
    const from = String.fromCodePoint(code)
    const to = fold(from)
    if (to === from || to === '') continue
    add([...to].length === 1 ? to : '', from)
  }
  return unfolded
}

export const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/**
 * An expression that every text with this token meets, before it is folded: each character in all its forms, with marks that are
 * ignored in between; or any of the characters that fold to several, after which anything may follow. Texts without the token may
 * meet it too.
 */
function hintOf(token: string): RegExp {
  const others = unfold()
  const forms = (character: string) =>
    `[${escaped(character + (isAscii(character) ? character.toUpperCase() : '') + (others.get(character) ?? ''))}]`
  const body = [...token].map((character) => {
    const decomposed = [...character.normalize('NFD')]
    const alternatives = decomposed.length > 1 ? [decomposed.map(forms).join('')] : []
    return `(?:${[forms(character), ...alternatives].join('|')})`
  })
  const gap = `[${ignored}]*`
  return new RegExp(`${body.join(gap)}|[${escaped(others.get('') ?? '')}]`, 'u')
}
