/**
 * The shape of a token as its vendor describes it: `ghp_{b62:36-255}` is "ghp_" and 36 to 255 letters or digits. A line is a kind
 * and its shapes. From a shape follow the expression, the keyword, and an example to test it with.
 */
export interface Shape {
  readonly kind: string
  readonly shape: string
  /** Letters of the shape that are always the same, in lower case; where they stand the rest is looked for. */
  readonly keyword: string
  /** What stands before the keyword, up to it; null when nothing does. */
  readonly before: RegExp | null
  /** The keyword and what follows it; sticky. */
  readonly pattern: RegExp
  /** The letters that the token begins with say enough, also in the midst of a word. */
  readonly isTelling: boolean
}

const alphabets: Readonly<Record<string, string>> = {
  hex: '0-9a-f',
  HEX: '0-9A-F',
  dig: '0-9',
  az: 'a-z',
  low: 'a-z0-9',
  up: 'A-Z0-9',
  b32: 'A-Z2-7',
  b62: 'A-Za-z0-9',
  word: '\\w',
  dash: 'A-Za-z0-9-',
  url: '\\w-',
  urlp: '\\w=-',
  urlx: '\\w%-',
  dot: '\\w.-',
  dotp: '\\w.=-',
  dott: '\\w.~-',
  b64: 'A-Za-z0-9+/',
  b64p: 'A-Za-z0-9+/=',
  any: '\\w+/=.-',
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** The parts of a shape: letters as they are, and what is drawn. */
function partsOf(shape: string): { literal: string; source: string; length: number }[] {
  return Array.from(shape.replaceAll('€', '$').matchAll(/\{(?<name>\w+)(?::(?<length>\d+(?:-\d+)?))?\}|[^{]+/g), (match) => {
    const { name, length } = match.groups!
    if (name === undefined)
      return { literal: match[0], source: match[0].replace(/[.*+?^$()|[\]\\/-]/g, '\\$&'), length: match[0].length }
    if (name === 'uuid') return { literal: '', source: uuid, length: 36 }
    const [least = '1', most] = (length ?? '1').split('-')
    return { literal: '', source: `[${alphabets[name]!}]{${least}${most ? `,${most}` : ''}}`, length: Number(most ?? least) }
  })
}

function compiled(kind: string, shape: string): Shape {
  const parts = partsOf(shape)
  const longest = parts.reduce((best, { literal }, at) => (literal.length > (parts[best]?.literal.length ?? 0) ? at : best), -1)
  const { literal } = parts[longest]!
  const sourceOf = (some: typeof parts) => some.map(({ source }) => source).join('')
  return {
    kind,
    shape,
    keyword: literal.toLowerCase(),
    before: longest === 0 ? null : new RegExp(`(?:(?<![\\w+/.-])|(?<=\\\\[nrt]))${sourceOf(parts.slice(0, longest))}$`),
    pattern: new RegExp(`${sourceOf(parts.slice(longest))}(?![A-Za-z0-9_])`, 'y'),
    isTelling: longest === 0 && literal.length >= 4 && /[_-]/.test(literal),
  }
}

/** All shapes of a table. */
export const shapesIn = (table: string): Shape[] =>
  table.split('\n').flatMap((line) => {
    const [kind = '', ...shapes] = line.split(' ')
    return shapes.map((shape) => compiled(kind, shape))
  })

/** How many letters may stand before a keyword. */
export const longestBefore = 120
