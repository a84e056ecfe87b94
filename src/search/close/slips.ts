import { slipsBetween } from '../../base/nearest.ts'

/** Words shorter than this are near to everything. */
const shortestWord = 4
/** From this length on, a word may have two slips. */
const longWord = 8

/** How many slips of the hand may lie between a word and what was meant by it; 0 for words that are too short to tell. */
export const slipsAllowed = (word: string): number => (word.length < shortestWord ? 0 : word.length < longWord ? 1 : 2)

/** Letters that a word may begin with of which this one is a slip: people mistype inside a word more often than in front. */
export const beginningsOf = (word: string): string[] => [...new Set([...word].slice(0, 2))]

/** Whether a word is one that another may have been meant to be: near to it, and no number or hash. */
export function isSlip(typed: string, meant: string): boolean {
  const allowed = slipsAllowed(typed)
  if (allowed === 0 || Math.abs(meant.length - typed.length) > allowed) return false
  if (!beginningsOf(typed).some((letter) => meant.startsWith(letter))) return false
  return (/\d/.test(typed) || !/\d/.test(meant)) && slipsBetween(typed, meant, allowed) <= allowed
}
