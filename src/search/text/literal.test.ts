import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requiredLetters, requiredLiteral } from './literal.ts'

test.each([
  ['token', 'token'],
  ['foo\\.bar', 'foo.bar'],
  ['pars(e|er)Token', 'Token'],
  ['a|b', ''],
  ['(a|b)cd', 'cd'],
  ['colou?r', 'colo'],
  ['ab*cde', 'cde'],
  ['ab{2,3}cd', 'cd'],
  ['x{2}', ''],
  ['go+gle', 'gle'],
  ['\\d+ items', ' items'],
  ['\\bword\\b', 'word'],
  ['[(|]open', 'open'],
  ['[\\]x]close', 'close'],
  ['((a)(b(c)))after', 'after'],
  ['end\\x41more', 'end'],
  ['\\p{Lu}pper', ''],
  ['ab\\u0061c|d', ''],
  ['^begin$', 'begin'],
  ['a.c', 'a'],
  ['"quoted"', 'quoted'],
  ['caf\u00e9s', 'caf'],
  ['', ''],
])('what meets /%s/ holds %j', (source, literal) => expect(requiredLiteral(source)).toBe(literal))

test.each([
  ['foo\\.barBaz', 'barbaz'],
  ['pars(e|er)Token', 'token'],
  ['a b cde', 'cde'],
  ['a|b', ''],
  ['- --', ''],
])('what meets /%s/ holds the letters %j', (source, letters) => expect(requiredLetters(source)).toBe(letters))

/** Expressions of a small language, in which anything can stand beside anything. */
const { expression } = fc.letrec<{ expression: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'b', 'ab', '\\.', '.', '\\d', '[ab]', '[^b]', '\\w', ' ', '\\u0061', '\\x62', '$', '^', '\\b'),
    tie('expression').map((inner) => `(${inner})`),
    tie('expression').map((inner) => `(?:${inner})`),
    tie('expression').map((inner) => `(?!${inner})`),
  ),
  expression: fc
    .array(fc.tuple(tie('atom'), fc.constantFrom('', '', '', '*', '+', '?', '{0,2}', '{2}', '|')), { maxLength: 5 })
    .map((pieces) =>
      pieces.map(([atom, after]) => atom + (/^[$^]$|^\\b$|^\(\?!/.test(atom) && after !== '|' ? '' : after)).join(''),
    ),
}))

test('whatever meets an expression holds its literal', () => {
  fc.assert(
    fc.property(expression, fc.stringMatching(/^[ab1. ]{0,12}$/), (source, text) => {
      if (new RegExp(source).test(text)) expect(text, source).toContain(requiredLiteral(source))
    }),
    { numRuns: 3000 },
  )
})
