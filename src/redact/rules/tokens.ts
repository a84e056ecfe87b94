import { isDrawn } from '../drawn.ts'
import type { Hit } from '../hit.ts'
import { longestBefore, type Shape } from './format.ts'

/** A token does not begin in the middle of a word; `\n`, `\t` and `\r` of escaped text are no letters. */
const wordBefore = /(?:[A-Za-z0-9_+-]|(?<!\\)\/(?=$)|%)$/
const escapeBefore = /\\[nrt]$|%[0-9A-F]{2}$/

/** The token of a shape whose keyword stands at a place. */
export function tokenAt(text: string, at: number, { kind, keyword, before, pattern, isTelling }: Shape): Hit | undefined {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  if (!match) return undefined
  let start = at
  const ahead = text.slice(Math.max(0, at - (before ? longestBefore : 4)), at)
  if (before) {
    const own = before.exec(ahead)
    if (!own) return undefined
    start -= own[0].length
  } else if (wordBefore.test(ahead) && !escapeBefore.test(ahead) && !(isTelling && /[A-Za-z0-9]$/.test(ahead))) return undefined
  const secret = text.slice(start, at + match[0].length)
  const body = before ? secret : secret.slice(Math.min(keyword.length, secret.length - 8))
  if (!isDrawn(body, keyword.replace(/[^a-z0-9]/g, '').length < 4 || before !== null) || jwtOfDocuments.test(secret))
    return undefined
  return { start, end: start + secret.length, kind, rank: 3 }
}

/** The signature of the token on jwt.io's front page, which is in thousands of documents. */
const jwtOfDocuments = /SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c$/
