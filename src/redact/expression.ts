import { randomBytes } from 'node:crypto'

/** Letters of an expression that is looked at, and instructions that it may become. */
const longestExpression = 1000
const largestProgram = 1000

/** Letters of a secret; no longer one is put to an expression. */
const longestMatched = 2000

/** Steps, as instructions times letters, that all matching of one configuration may take: some seconds. */
const mostSteps = 5e8

/** Whether all of a text is what an expression says. */
export type Matcher = (text: string) => boolean

/** What the expressions of a configuration may still cost together. */
export interface Budget {
  left: number
}

export const freshBudget = (): Budget => ({ left: mostSteps })

/**
 * An expression in the syntax of JavaScript but for what needs to go back: no `\1`, no `(?=…)`. It comes with a repository, and
 * may be made to never end; here it ends after as many steps as the text has letters, times its own size.
 * @param flags of `i` and `u`
 * @throws Error with the reason why it cannot be used; `Matcher` throws when the budget is spent
 */
export async function compiledExpression(source: string, flags: string, budget: Budget): Promise<Matcher> {
  if (source.length > longestExpression) throw new Error(`is longer than ${longestExpression} letters`)
  const { RE2JS } = await import('re2js')
  const pattern = RE2JS.compile(RE2JS.translateRegExp(source), flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0)
  const size = pattern.programSize()
  if (size > largestProgram) throw new Error('repeats too often')
  return (text) => {
    if (text.length > longestMatched) return false
    budget.left -= size * text.length
    if (budget.left < 0) throw new Error('the expressions take too long for so many secrets')
    return pattern.matches(text)
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Lengths that keys have. */
const lengths = Array.from({ length: 95 }, (_item, index) => index + 6)

/** An expression may fit all keys of so many lengths: `/.{11}/`. */
const fewLengths = 2

/**
 * Letters and digits drawn by lot, as keys are; after four of them may stand what does after the `ghp_`, `npm_`, `sk-…` of
 * vendors.
 */
function drawn(length: number, mark: string): string {
  const text = Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join('')
  return `${text.slice(0, 4)}${mark}${text.slice(4 + mark.length)}`
}

/**
 * Whether an expression fits keys that were drawn a moment ago: then it is not about secrets that somebody knows, but about any.
 */
export function fitsAnything(matches: Matcher): boolean {
  return ['', '_', '-', '!'].some((mark) => {
    const fits = lengths.filter((length) => matches(drawn(length, mark)) && matches(drawn(length, mark)))
    return fits.length > fewLengths
  })
}
