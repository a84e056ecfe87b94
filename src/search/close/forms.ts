import { fold } from '../text/tokens.ts'

/**
 * Whether two words are forms of one: `session` and `sessions`, `parse` and `parsing`, `Fehler` and `Fehlern`. They begin alike,
 * and what is left of both are endings of the same family of languages. This takes no dictionary, and is the same for words of
 * any language that inflects at the end; now and then it takes two words for one.
 */

const endings = (list: string): ReadonlySet<string> => new Set(['', ...fold(list).split(' ')])

const english = endings(
  's e es ed d ing er ers r rs or ors ly y ies ied ier ion ions ation ations ive able ment ments al ful ness ence ance ent ant',
)
const romance = endings(
  'a as e o os i es ir ar er ez ent ant é ée és ées cion ciones mente ment tion tions ando endo ado ada ados adas ido ida idos idas are ere ire ato ata ati ate ito ita iti ite zione zioni cao coes',
)
const germanic = endings('e en er es em n s t te ten tes ung ungen et ene ar or a heit keit lich ern')
const slavic = endings(
  'а я ы и у ю е ой ей ом ем ам ям ами ями ах ях о ов ев ть л ла ли ло ет ит ют ут ат ят ый ая ое ые ого его ому ему ым им ых их ую юю ь ие ия ии ию ием',
)
const families = [english, romance, germanic, slavic]
/** After so short a beginning only these are taken for endings. */
const plain = endings('s es ed ing')

/** Both words begin with at least so many letters. */
export const sharedLetters = 3
/** How much of what both share may belong to the endings: `ti` of `relation` and `related`. */
const lettersBack = 2

/** No ending is longer; nor is the difference of two forms. */
export const longestEnding = 8

/** @param a folded, as `b` is */
export function areForms(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > longestEnding) return false
  let shared = 0
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++
  const longest = Math.max(a.length, b.length)
  for (let stem = shared; stem >= sharedLetters && stem >= shared - lettersBack; stem--) {
    const both = (known: ReadonlySet<string>) => isEnding(a, stem, known) && isEnding(b, stem, known)
    if (stem === sharedLetters ? both(plain) : stem * 2 >= longest && families.some(both)) return true
  }
  return false
}

/** Whether a word ends so from a place on; a doubled letter before it counts for one: `stopped`. */
function isEnding(word: string, from: number, known: ReadonlySet<string>): boolean {
  const rest = word.slice(from)
  if (known.has(rest)) return true
  return rest.length > 2 && rest[0] === word[from - 1] && known.has(rest.slice(1))
}
