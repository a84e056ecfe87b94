import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OcvaultError } from '../base/errors.ts'
import { parseQuery, type QueryOptions, type Term } from './query.ts'

const shortTerm = (term: Term): string => {
  const where = term.fields ? `@${[...term.fields].join('+')}` : ''
  if (term.kind === 'regex') return `${term.regex}${where}`
  if (term.kind === 'any') return 'any'
  return `${term.tokens.join(' ')}${term.prefix ? '*' : ''}${where}`
}

/** A query in few letters: clauses, then what is left out. */
function short(text: string, options?: QueryOptions): string {
  const { clauses, excluded } = parseQuery(text, options)
  return [...clauses.map((terms) => terms.map(shortTerm).join('|')), ...excluded.map((term) => `-${shortTerm(term)}`)].join(', ')
}

test.each([
  ['jwt Expiry', 'jwt, expiry'],
  ['"Connection  reset"', 'connection reset'],
  ['"two wor"*', 'two wor*'],
  ['pre*', 'pre*'],
  ['a OR b c', 'a|b, c'],
  ['a OR b OR c', 'a|b|c'],
  ['x -docker -"by hand"', 'x, -docker, -by hand'],
  ['--flag', 'flag'],
  ['foo.bar() src/token.ts:12', 'foo bar, src token ts 12'],
  ['/usr/bin/env', 'usr bin env'],
  ['/a.b\\/c/i', '/a.b\\/c/i'],
  ['/[/]x/g', '/[/]x/'],
  ['-/x+/ y', 'y, -/x+/'],
  ['path:src/token.ts', 'src token ts@path'],
  ['title:"the plan"', 'the plan@title'],
  ['日本語', '日 本 語'],
  ['"unbalanced', 'unbalanced'],
  ['he said "x', 'he, said, x'],
  ['a AND b', 'a, and, b'],
  ['NEAR(a b) col:x ^y {z} "*', 'near a, b, col x, y, z'],
  ['... word ---', 'word'],
  ['role:user', 'any'],
  ['or OR and', 'or|and'],
])('%s', (text, expected) => expect(short(text)).toBe(expected))

test('filters are read inline and from options', () => {
  const query = parseQuery('x role:User role:assistant tool:"my tool" since:7d session:abc', { units: { tool: ['Bash'] } })
  expect(query.units).toMatchObject({ role: ['user', 'assistant'], tool: ['my tool', 'bash'] })
  expect([...query.sessions]).toEqual([
    ['since', '7d'],
    ['session', 'abc'],
  ])
  expect(short('x', { paths: ['src/a.ts'], in: ['title'] })).toBe('x@title, src a ts@path')
})

test('case counts for words with capitals, if it is asked for', () => {
  const exact = (text: string, options: QueryOptions) => parseQuery(text, options).clauses[0]![0] as { exact: RegExp | null }
  expect(exact('Token', {}).exact).toBeNull()
  expect(exact('token', { case: true }).exact).toBeNull()
  expect(exact('Token', { case: true }).exact?.test('a Token')).toBe(true)
  expect(exact('Token', { case: true }).exact?.test('a token')).toBe(false)
  expect(exact('"Foo (bar"', { case: true }).exact?.test('Foo\n (bar')).toBe(true)
})

test.each([
  ['', 'nothing to search for'],
  ['***', 'nothing to search for'],
  ['OR', 'OR stands between'],
  ['a OR', 'OR stands between'],
  ['a OR OR b', 'OR stands between'],
  ['a OR -b', 'OR stands between'],
  ['-a', 'not only words to leave out'],
  ['/(/', 'Invalid regular expression'],
  ['-role:user x', 'only words can be left out'],
  ['in:text x', 'no part of a query'],
  ['a '.repeat(40), 'more than 30 words'],
  ['x'.repeat(1_000_000), '1000000 characters'],
])('%.20j is refused in one line', (text, reason) => {
  expect(() => parseQuery(text)).toThrow(reason)
  try {
    parseQuery(text)
  } catch (error) {
    expect(error).toBeInstanceOf(OcvaultError)
    expect((error as OcvaultError).code).toBe('usage')
    expect((error as OcvaultError).message).not.toContain('\n')
  }
})

test('an area that there is not is refused', () =>
  expect(() => parseQuery('x', { in: ['constructor'] })).toThrow('no area is called constructor'))

test('any text is a query or a usage error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-"*/ OR:a-c\\[\](){}|+?]{0,30}$/)), (text) => {
      try {
        for (const term of parseQuery(text, { case: true }).clauses.flat()) {
          if (term.kind === 'words') expect(term.tokens.length).toBeGreaterThan(0)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(OcvaultError)
      }
    }),
    { numRuns: 2000 },
  )
})
