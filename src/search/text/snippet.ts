import type { Matcher, Range } from './match.ts'

/** A piece of text around what was found. */
export interface Snippet {
  readonly text: string
  /** Where the words stand in it, as offsets of its characters, in order. */
  readonly marks: readonly Range[]
}

/** Length of a snippet, more or less: two lines of a terminal. */
const snippetChars = 180
/** How far into a long text words are looked for, beyond the first that was found. */
const reachChars = 4 * snippetChars
/** After so many places no further one is looked for, in a text that meets a word everywhere. */
const placesLooked = 50

/**
 * The part of a text in which the most words stand together, on one line. Empty marks when nothing of it was found: it changed
 * meanwhile.
 */
export function snippetOf(text: string, matchers: readonly Matcher[]): Snippet {
  const found: (Range & { readonly 2?: number })[] = []
  for (const matcher of matchers) {
    if (!matcher.test(text)) continue
    let count = 0
    for (const range of matcher.ranges(text)) {
      found.push(range)
      if (++count >= placesLooked) break
    }
  }
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1])
  const start = bestStart(found)
  const inReach = found.filter(([from, to]) => from >= start && to <= start + reachChars)
  return cut(text, start, inReach)
}

/** Where to begin so that the most places are within the length of a snippet. */
function bestStart(found: readonly Range[]): number {
  let best = found[0]?.[0] ?? 0
  let bestCount = 0
  let last = 0
  for (const [first, [start]] of found.entries()) {
    while (last < found.length && found[last]![1] <= start + snippetChars) last++
    if (last - first > bestCount) {
      bestCount = last - first
      best = start
    }
  }
  return best
}

function cut(text: string, first: number, found: readonly Range[]): Snippet {
  const before = Math.min(first, Math.floor(snippetChars / 4))
  let start = first - before
  // Begin at a word, unless the word is longer than the room before.
  const gap = text.slice(start, first).search(/\s/)
  if (start > 0 && gap >= 0) start += gap + 1
  const longest = found[0] ? Math.max(snippetChars, found[0][1] - start) : snippetChars
  let end = Math.min(text.length, start + Math.min(longest, reachChars))
  if (!text.slice(start, end).isWellFormed()) {
    if (/^[\udc00-\udfff]/.test(text.slice(start, end))) start++
    if (/[\ud800-\udbff]$/.test(text.slice(start, end))) end--
  }
  const marks: Range[] = []
  let out = start > 0 ? '…' : ''
  let at = start
  // Gaps become one blank; places move with the text.
  const copy = (to: number) => {
    out += text.slice(at, to).replace(/\s+/g, ' ')
    at = to
  }
  for (const [from, to] of found) {
    if (from < at || to > end) continue
    copy(from)
    const begin = out.length
    copy(to)
    marks.push([begin, out.length])
  }
  copy(end)
  return { text: end < text.length ? `${out.trimEnd()}…` : out.trimEnd(), marks }
}
