/** What takes no place on a screen: zero-width blanks and joiners, soft hyphens, marks of byte order. */
const invisible = /[\u200b-\u200f\u2060\ufeff\u00ad]+/g

/** A text without what nobody sees, and where its letters stand in the whole. */
export interface Visible {
  readonly text: string
  /** Where a letter stands in the text that this one was made of. */
  readonly placeOf: (at: number) => number
}

/** Takes out what hides a token from those who look for it: letters that nobody sees within it. */
export function visible(text: string): Visible {
  if (text.search(invisible) < 0) return { text, placeOf: (at) => at }
  const pieces: string[] = []
  const starts: number[] = []
  const shifts: number[] = []
  let [length, from] = [0, 0]
  const add = (to: number) => {
    pieces.push(text.slice(from, to))
    starts.push(length)
    shifts.push(from - length)
    length += to - from
  }
  for (const match of text.matchAll(invisible)) {
    add(match.index)
    from = match.index + match[0].length
  }
  add(text.length)
  return { text: pieces.join(''), placeOf: (at) => at + shifts[lastUpTo(starts, at)]! }
}

/** The last of some places in order that is not behind one. */
export function lastUpTo(starts: readonly number[], at: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= at) low = middle
    else high = middle - 1
  }
  return low
}

/** UTF-16 that was read as bytes has a NUL beside each letter; here they are what nobody sees. */
export const withoutNULs = (text: string): string =>
  text.includes('\0')
    ? /(?:[\x20-\x7e]\0){6}/.test(text)
      ? text.replace(/(?<=[\x20-\x7e\r\n\t])\0|\0(?=[\x20-\x7e\r\n\t])/g, '\u200b').replaceAll('\0', ' ')
      : text.replaceAll('\0', ' ')
    : text
