import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuery, type QueryOptions } from '../query.ts'
import { matcherOf } from './match.ts'

/** The matcher of the one term of a query. */
const of = (query: string, options?: QueryOptions) => matcherOf(parseQuery(query, options).clauses[0]![0]!)

/** The places where a text meets a query, as they are written. */
const places = (query: string, text: string, options?: QueryOptions) =>
  [...of(query, options).ranges(text)].map(([start, end]) => text.slice(start, end))

test.each<[string, string, string[]]>([
  ['token', 'Token, tokens and TOKEN', ['Token', 'TOKEN']],
  ['tok*', 'Token, tokens and stock', ['Token', 'tokens']],
  ['"the token"', 'the\n  token; the-token, the other token', ['the\n  token', 'the-token']],
  ['"a a"', 'a a a a', ['a a', 'a a']],
  ['"a b"', 'a a b', ['a b']],
  ['foo.bar()', 'foo.bar(1) foo bar foobar', ['foo.bar', 'foo bar']],
  ['token', 'parseHTTPToken and tokenize', ['parseHTTPToken']],
  ['tok*', 'parseHTTPToken', ['parseHTTPToken']],
  ['café', 'cafe CAFÉ cafe\u0301s', ['cafe', 'CAFÉ']],
  ['"日本"', '日本語 日 本', ['日本', '日 本']],
  ['strasse', 'Straße', ['Straße']],
  ['/o+/', 'foo boo f', ['oo', 'oo']],
  ['/x*/', 'axxb', ['xx']],
])('%s stands in %j as %j', (query, text, expected) => expect(places(query, text)).toEqual(expected))

test('capitals count where they were typed and asked for', () => {
  const options = { case: true }
  expect(places('Token', 'token Token TOKEN', options)).toEqual(['Token'])
  expect(places('token', 'token Token', options)).toEqual(['token', 'Token'])
  expect(places('"The Token"', 'The  Token, the Token', options)).toEqual(['The  Token'])
  expect(of('Token', options).test('token')).toBe(false)
  // What an index, which has no capitals, can tell of it.
  expect(of('Token', options).testFolded('token')).toBe(true)
})

test('anything at all is met by everything, and stands nowhere', () => {
  const any = of('role:user')
  expect([any.test(''), any.mayMatch('{}'), [...any.ranges('text')]]).toEqual([true, true, []])
})

const words = [
  'token',
  'parseToken',
  'Straße',
  'cafe\u0301',
  'ﬁne',
  'x1',
  'ＡＢＣ',
  '日本語',
  '\u00adsoft',
  'İx',
  'Kelvin',
  '--',
  '. ',
]
const text = fc.array(fc.constantFrom(...words, ' ', '\n'), { maxLength: 8 }).map((pieces) => pieces.join(' '))
const query = fc.oneof(
  fc.constantFrom(
    'token',
    'tok*',
    'cafe',
    'fine',
    '"abc x1"',
    '日',
    'strasse',
    'soft',
    'kelvin',
    'ix',
    '/o[kx]e/',
    '/SS?/i',
    'parse',
  ),
  fc.constantFrom(...words).filter((word) => /\p{L}/u.test(word)),
)

describe('of any text', () => {
  test('it is met where there is a place of the term, each place meets it, and places follow one another', () => {
    fc.assert(
      fc.property(query, text, (typed, content) => {
        const matcher = of(typed)
        const ranges = [...matcher.ranges(content)]
        expect(matcher.test(content), typed).toBe(ranges.length > 0)
        let end = 0
        for (const [start, next] of ranges) {
          expect(start).toBeGreaterThanOrEqual(end)
          expect(matcher.test(content.slice(start, next)), `${typed} in ${content.slice(start, next)}`).toBe(true)
          end = next
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a record is passed by only where nothing in it meets the term', () => {
    fc.assert(
      fc.property(query, text, fc.boolean(), (typed, content, escapes) => {
        const json = JSON.stringify({ type: 'text', text: content })
        const written = escapes
          ? json.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
          : json
        const matcher = of(typed)
        if (matcher.test(content)) expect(matcher.mayMatch(written), `${typed} in ${written}`).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('records without the word are passed by', () => {
    expect(of('token').mayMatch('{"text":"nothing of it"}')).toBe(false)
    expect(of('/to[kx]en/').mayMatch('{"text":"nothing of it"}')).toBe(false)
    expect(of('café').mayMatch('{"text":"cave"}')).toBe(false)
  })
})
