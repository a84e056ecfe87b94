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

/** Letters left out, put in, changed or swapped with their neighbour; more than `limit` is not counted further. */
export function slipsBetween(a: string, b: string, limit: number): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_item, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let slips = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, beforeLast[j - 2]! + 1)
      row.push(slips)
    }
    if (Math.min(...row) > limit) return limit + 1
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
