import { drawn } from './secrets.ts'

/**
 * A text with secrets in it, as a person writes it down: `«…»` is what must not stay, `{b62:36}` so many letters drawn by lot,
 * `{pw}` a password as people make them up, `{pwx:16}` one as generators do, `⏎` a line's end, `⇥` a tab,
 * `´` a backtick, `€` a dollar before a brace, `‹…›` its base64. So no secret, and
 * nothing that looks like one, stands in a source file in one piece.
 */
export interface Expanded {
  readonly text: string
  /** What must not stay. */
  readonly secrets: readonly string[]
}

const alphabets: Readonly<Record<string, string>> = {
  b62: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  b64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  hex: '0123456789abcdef',
  HEX: '0123456789ABCDEF',
  b32: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  up: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  low: 'abcdefghijklmnopqrstuvwxyz0123456789',
  az: 'abcdefghijklmnopqrstuvwxyz',
  dig: '0123456789',
  pwx: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!@#%^&*()-_=+.',
  urlp: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  urlx: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  word: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  dash: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-',
  dot: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  dotp: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  dott: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  any: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  b64p: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  django: 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)',
  bc: './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
}

const words =
  'Silver Bridge Otter Maple Winter Garden Copper Tiger River Falcon Marble Summer Pepper Rocket Thunder Velvet Orchid Harbor'.split(
    ' ',
  )

/** The same letters for the same seed, in every run. */
function draw(seed: string, alphabet: string, length: number): string {
  const letters = alphabets[alphabet]
  if (letters === undefined) throw new Error(`no alphabet ${alphabet}`)
  const digits = drawn(seed, 4 * length, 'hex')
  let text = ''
  for (let at = 0; at < length; at++) text += letters[Number.parseInt(digits.slice(4 * at, 4 * at + 4), 16) % letters.length]
  return text
}

function password(seed: string): string {
  const pick = (part: string, from: number) => Number.parseInt(drawn(`${seed}/${part}`, 6, 'hex'), 16) % from
  const [first, second] = [words[pick('a', words.length)]!, words[pick('b', words.length)]!]
  const number = String(pick('n', 90) + 10)
  const mark = '!$#%&*@?'[pick('m', 8)]!
  return [
    `${first}.${second}${number}${mark}`,
    `${first}${number}${mark}${second.slice(0, 3)}`,
    `${first.toLowerCase()}-${second.toLowerCase()}-${number}`,
    `${first.slice(0, 2).toLowerCase()}${mark}${number}${draw(`${seed}/x`, 'b62', 6)}`,
    draw(`${seed}/y`, 'b62', 12),
  ][pick('form', 5)]!
}

const uuid = (seed: string) => [8, 4, 4, 4, 12].map((length, index) => draw(`${seed}/${index}`, 'hex', length)).join('-')

/** The text of a template, drawn for this seed. */
export function expanded(template: string, seed: string): Expanded {
  let drawnSoFar = 0
  const text = template
    .replaceAll('⏎', '\n')
    .replaceAll('⇥', '\t')
    .replaceAll('´', '`')
    .replaceAll('€', '$')
    .replace(/\{(\w+)(?::(\d+))?\}/g, (whole, name: string, length: string | undefined) => {
      const own = `${seed}/${drawnSoFar++}`
      if (name === 'pw') return password(own)
      if (name === 'uuid') return uuid(own)
      return length === undefined ? whole : draw(own, name, Number(length))
    })
    .replace(/‹([^›]*)›/g, (_, plain: string) => Buffer.from(plain.replace(/[«»]/g, '')).toString('base64'))
  return { text: text.replace(/[«»]/g, ''), secrets: Array.from(text.matchAll(/«([^»]*)»/g), ([, secret]) => secret!) }
}
