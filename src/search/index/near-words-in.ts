import { longestEnding, sharedLetters } from '../close/forms.ts'
import { isNear, type NearAsked } from '../close/near-words.ts'
import { beginningsOf, slipsAllowed } from '../close/slips.ts'
import { pieceMark } from '../text/tokens.ts'
import type { IndexFile } from './index-file.ts'

/** The words of an index that are near to some words; also such as no session holds any more. */
export function nearWordsIn(index: IndexFile, asked: NearAsked): ReadonlySet<string> {
  const found = new Set<string>()
  const look = (beginning: string, word: string, most: number, of: NearAsked) => {
    for (const mark of ['', pieceMark])
      for (const known of index.words.like(mark + beginning, word.length - most, word.length + most, mark.length))
        if (isNear(of, known)) found.add(known)
  }
  for (const word of asked.forms) look(word.slice(0, sharedLetters), word, longestEnding, { forms: [word], slips: [] })
  for (const word of asked.slips)
    for (const beginning of beginningsOf(word)) look(beginning, word, slipsAllowed(word), { forms: [], slips: [word] })
  return found
}
