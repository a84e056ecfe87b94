/** Where in a text words of a list stand: `found(at, word)` for each, by its index in the list, in the order of their ends. */
export type FindKeywords = (text: string, found: (at: number, word: number) => void) => void

/**
 * Finds thousands of words in one pass over a text, whatever their case: an automaton (Aho and Corasick) as one table, that
 * looks at each letter once.
 * @param words in lower case; the same may be there twice
 */
export function keywordFinder(words: readonly string[]): FindKeywords {
  const { classes, count } = classesOf(words)
  const most = words.reduce((sum, word) => sum + word.length, 1)
  const next = new Int32Array(most * count).fill(-1)
  const ends: (number[] | undefined)[] = [undefined]
  let states = 1
  for (const [index, word] of words.entries()) {
    let state = 0
    for (let at = 0; at < word.length; at++) {
      const place = state * count + classes[word.charCodeAt(at)]!
      if (next[place]! < 0) next[place] = states++
      state = next[place]!
    }
    ends[state] = [...(ends[state] ?? []), index]
  }
  withFailures(next, ends, count)
  // Where a state's row begins, and the complement of that where a word ends: one look a letter.
  const rows = next.map((state) => (ends[state] ? ~(state * count) : state * count))
  return (text, found) => {
    let row = 0
    for (let at = 0; at < text.length; at++) {
      const to = rows[row + classes[text.charCodeAt(at)]!]!
      row = to < 0 ? ~to : to
      if (to < 0) for (const index of ends[row / count]!) found(at + 1 - words[index]!.length, index)
    }
  }
}

/** Letters that words are made of have a number each, capitals that of their small ones; all others have 0. */
function classesOf(words: readonly string[]): { classes: Uint16Array; count: number } {
  const classes = new Uint16Array(65_536)
  let count = 1
  for (const word of words) {
    for (let at = 0; at < word.length; at++) {
      const code = word.charCodeAt(at)
      if (classes[code] !== 0) continue
      classes[code] = count
      const upper = word[at]!.toUpperCase()
      if (upper.length === 1) classes[upper.charCodeAt(0)] = count
      count++
    }
  }
  return { classes, count }
}

/** Where a word ends that is no word of the list, its longest end goes on that begins one. */
function withFailures(next: Int32Array, ends: (number[] | undefined)[], count: number): void {
  const failure = new Int32Array(next.length / count)
  const queue: number[] = []
  for (let letter = 0; letter < count; letter++) {
    if (next[letter]! > 0) queue.push(next[letter]!)
    else next[letter] = 0
  }
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at]!
    const own = ends[failure[state]!]
    if (own) ends[state] = [...(ends[state] ?? []), ...own]
    for (let letter = 0; letter < count; letter++) {
      const place = state * count + letter
      const other = next[failure[state]! * count + letter]!
      if (next[place]! < 0) next[place] = other
      else {
        failure[next[place]!] = other
        queue.push(next[place]!)
      }
    }
  }
}
