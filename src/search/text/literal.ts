/** Characters that stand in JSON as they are, whoever wrote it. */
const plain = /[A-Za-z0-9 _.,:;@#=<>!~`'&%-]/

/**
 * The longest text that everything which meets an expression must hold, as far as a short look tells; empty when there may be
 * none. Groups, classes and everything else that is not a plain character are passed over.
 * @param source of a regular expression that is valid
 */
export function requiredLiteral(source: string): string {
  let best = ''
  let run = ''
  /** After an escape of several characters nothing is taken for text, but another alternative may still follow. */
  let isText = true
  const end = () => {
    if (run.length > best.length) best = run
    run = ''
  }
  for (let at = 0; at < source.length; at++) {
    const character = source[at]!
    if (character === '|') return ''
    if (character === '[' || character === '(') {
      end()
      at = closing(source, at)
    } else if (character === '\\') {
      const next = source[++at] ?? ''
      // `\.` is a dot; `\d`, `\b`, `\x41` and the like are no text, or not just that.
      if (/[A-Za-z0-9]/.test(next) || !plain.test(next)) {
        end()
        if (/[xucpPk]/.test(next)) isText = false
      } else if (isText) run += next
    } else if (character === '?' || character === '*' || character === '{') {
      // The character before may be missing.
      run = run.slice(0, -1)
      end()
      if (character === '{') at = Math.max(at, source.indexOf('}', at))
    } else if (character === '+') end()
    else if (isText && character !== '.' && plain.test(character)) run += character
    else end()
  }
  end()
  return best
}

/**
 * Letters and digits that stand one after another, in a word of some text, in everything that meets an expression; empty when
 * there may be none.
 */
export function requiredLetters(source: string): string {
  const runs =
    requiredLiteral(source)
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []
  return runs.reduce((best, run) => (run.length > best.length ? run : best), '')
}

/** Where a class or group that opens here closes. */
function closing(source: string, from: number): number {
  let depth = 0
  for (let at = from; at < source.length; at++) {
    const character = source[at]
    if (character === '\\') at++
    else if (character === '[') {
      // Nothing in a class opens or closes but the class.
      for (at++; at < source.length && source[at] !== ']'; at++) if (source[at] === '\\') at++
      if (depth === 0) return at
    } else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at
  }
  return source.length
}
