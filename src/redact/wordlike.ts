/**
 * How rare a letter is behind another in words and identifiers, in bits of 0 to 9: rows are the letter before (the last is the
 * beginning of a word), columns the letter. Counted over the 10,689 words of four letters and more that stand in at least six
 * places of this repository's dependencies.
 */
const pairs = `
74458759596353959343668869 35673788367278379446399959 39673993494479289463599969 47652678279578498548578979
57436568799453857234867579 47773289299477389465499959 48782954399554499346499978 27872999397667389464599969
56455559998442359543959795 37582899599595677369729399 46651678397575578735586969 37752789298389379955579949
25882999399658439958599989 48433638486776479733669979 66557659686442549344455799 39873685498388349354599979
55697999789588864557176999 37552769396756379544578959 58473794396677447842487969 39682884299688479345597959
54564759599343649333999899 27671779398788589767899989 28893884399694379447999779 48473696398758628762778579
45484758489444529634775876 38771998397578599869799954 45344565477545547434565888`
  .trim()
  .split(/\s+/)
  .map((row) => Uint8Array.from(row, Number))

const beginning = 26

/** Bits a letter, of Latin letters: words have about 4, letters drawn by lot about 6. */
function rarity(text: string): number {
  const { bits, letters } = rareness(text)
  return letters === 0 ? 0 : bits / letters
}

/** Bits of the Latin letters of a text in words, and how many there are. Whatever else stands there begins a new word. */
function rareness(text: string): { bits: number; letters: number } {
  let [bits, letters, before] = [0, 0, beginning]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) | 32
    const letter = code >= 97 && code <= 122 && text.charCodeAt(at) < 128 ? code - 97 : -1
    // A capital behind a small letter begins a word.
    const begins = text.charCodeAt(at) < 97 && text.charCodeAt(at - 1) >= 97
    if (letter < 0) {
      before = beginning
      continue
    }
    bits += pairs[begins ? beginning : before]![letter]!
    letters++
    before = letter
  }
  return { bits, letters }
}

/** Bits that the letters of a text take in words: see {@link pairs}. */
export const wordBits = (text: string): number => rareness(text).bits

/** Whether letters could be words: few of them always, many when they follow each other as in words. */
export function isReadable(text: string): boolean {
  const letters = text.replace(/[^A-Za-z]/g, '').length
  return rarity(text) < (letters < 6 ? 6.6 : letters < 9 ? 5.2 : letters < 14 ? 4.9 : 4.7)
}

/** Words with digits in the midst of them. */
const wordsWithDigits =
  /^(?:base(?:32|58|64)[a-z]*|[a-z]{0,3}oauth[12][a-z]*|i18n|l10n|a11y|k8s|x509[a-z]*|ed25519|argon2(?:id|i|d)?|p256dh|(?:x|ed)25519[a-z]*|x448|ed448[a-z]*|p(?:224|256|384|521)[a-z]*|(?:big)?u?int\d{1,3}(?:clamped)?(?:array|le|be)?|float\d\d(?:array)?|secp\d+k?\d*|curve25519|x?salsa20[a-z]*|x?chacha20[a-z]*|poly1305|blake\d\w?|pbkdf2|utf8mb[34]|sha\d+[a-z]*|md5[a-z]*|s3[a-z]*|h2c?|ipv[46][a-z]*|b64[a-z]*|[a-z]+2[a-z]+|v\d+(?:alpha|beta|rc)\d*|ec2[a-z]*|web3[a-z]*|auth0[a-z]*|es20\d\d|[0-9a-z]{1,3})$/i

/** Whether letters and digits in a row are a word, a number, or a word with a number. */
function isPlainSegment(segment: string): boolean {
  if (segment.length < 3 || /^\d{1,6}$/.test(segment) || wordsWithDigits.test(segment)) return true
  const [, letters = '', digits = ''] = /^(\P{Nd}+)(\p{Nd}{0,3})$/u.exec(segment) ?? []
  if (letters === '' && /^[A-Za-z]?[a-z]{2,}\d{1,3}[A-Z][a-z]{2,}(?:[A-Z][a-z]+)*$/.test(segment)) return isReadable(segment)
  if (letters === '') return /^\d{1,4}[a-z]{1,4}$/i.test(segment)
  const words = letters.split(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u)
  if (words.length > 1 && letters.length < 2.5 * words.length) return false
  return isReadable(letters) && (digits.length < 3 || letters.length > 2)
}

/** Whether a value is made of words and numbers, whatever stands between them: `req.body.password`, `getToken(user, 12)`. */
export const isPlain = (value: string): boolean => areWords(value) && isReadable(value.slice(0, 400))

/** Whether whatever stands between marks is a word or a number; abbreviations, too: `secp256k1.sign(keccak256(msg`. */
export const areWords = (value: string): boolean =>
  value
    .slice(0, 400)
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .every(isPlainSegment)
