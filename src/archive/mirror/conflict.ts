const begins = /^<{7}(?: .*)?\r?$/
const base = /^\|{7}(?: .*)?\r?$/
const middle = /^={7}\r?$/
const ends = /^>{7}(?: .*)?\r?$/

/** The two sides of a text in which git has left the marks of a conflict; undefined when there are none, or no whole ones. */
export function conflictSides(text: string): readonly [string, string] | undefined {
  const sides: [string[], string[]] = [[], []]
  let at: 'both' | 'ours' | 'base' | 'theirs' = 'both'
  let some = false
  for (const line of text.split('\n')) {
    if (at === 'both' && begins.test(line)) [at, some] = ['ours', true]
    else if (at === 'ours' && base.test(line)) at = 'base'
    else if ((at === 'ours' || at === 'base') && middle.test(line)) at = 'theirs'
    else if (at === 'theirs' && ends.test(line)) at = 'both'
    else {
      if (at === 'both' || at === 'ours') sides[0].push(line)
      if (at === 'both' || at === 'theirs') sides[1].push(line)
    }
  }
  return some && at === 'both' ? [sides[0].join('\n'), sides[1].join('\n')] : undefined
}
