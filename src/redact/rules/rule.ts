import type { Hit } from '../hit.ts'

/**
 * A rule as data. Its expression begins at one of its keywords (so it runs nowhere else), is bounded, and has the secret in the
 * group `secret`, or is all of it; what a look back has in the group `before` belongs to the secret, too.
 */
export interface Rule {
  /** The kind that findings of it have: `github-token`. */
  readonly id: string
  /** In lower case; one of them stands where a match begins. */
  readonly keywords: readonly string[]
  /** Sticky, and bounded: no text makes it look at the same letters again and again. */
  readonly pattern: RegExp
  /** Bits a letter that the secret has at least. */
  readonly entropy?: number
  /** What the secret must be beside what the expression says. */
  readonly judge: Judge
  /** How sure the kind is (`Hit.rank`). */
  readonly rank: Hit['rank']
  /**
   * Texts that it finds its secret in, `«…»` around it. `{hex:32}` is drawn when the text is used: no secret stands in this file.
   */
  readonly finds: readonly string[]
  /** Texts in which it finds nothing. */
  readonly leaves: readonly string[]
}

/**
 * `drawn`: letters drawn by lot, no example. `token`: no blank, no code, no words. `password`: not a blank to be filled in.
 * `madeUp`: as people make up passwords, no word, no code. `any`: whatever stands there, but a blank. `email`, `phone`, `card`,
 * `iban`: a person's, by the sums that numbers have.
 */
export type Judge = 'drawn' | 'token' | 'password' | 'madeUp' | 'any' | 'email' | 'phone' | 'card' | 'iban'

interface Written {
  readonly id: string
  readonly keywords: readonly string[]
  /** The expression; `KW` is any of the keywords, `ARG` an argument of a command, `QUOTED` a text in quotes. */
  readonly pattern: string
  readonly judge?: Judge
  readonly entropy?: number
  readonly rank?: Hit['rank']
  /** Capitals matter. */
  readonly exact?: boolean
  readonly finds: readonly string[]
  readonly leaves?: readonly string[]
}

/** An argument: in quotes with blanks, or up to the next blank. */
const argument = String.raw`\\{0,3}(?:["'](?=[^"'\n\0]{1,256}["']))?(?<secret>(?<=["'])[^"'\n\0]{3,512}(?=["'])|[^\s"'\0\x60]{3,2048})`
const quoted = String.raw`(?:[bruf@NL$]{0,2}\\{0,3}["'\x60])(?<secret>[^"'\x60\n\0]{3,1024}?)(?=\\{0,3}["'\x60])`

const alternatives = (words: readonly string[]) =>
  `(?:${words.map((word) => word.replace(/[.*+?^$()|[\]\\/{}]/g, '\\$&')).join('|')})`

/** Rules as they are written in a family's file. */
export const rulesOf = (written: readonly Written[]): readonly Rule[] =>
  written.map(({ pattern, exact, judge = 'password', rank = 2, leaves = [], entropy, ...rest }) => ({
    ...rest,
    judge,
    rank,
    leaves,
    ...(entropy !== undefined && { entropy }),
    pattern: new RegExp(
      pattern.replace('KW', alternatives(rest.keywords)).replaceAll('ARG', argument).replaceAll('QUOTED', quoted),
      exact ? 'duy' : 'diuy',
    ),
  }))
