import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, indexedText, pieceMark, piecesOf, tokensOf, wordsOf } from './tokens.ts'

test.each([
  ['parseToken foo.bar() src/token.ts:12 --flag', ['parsetoken', 'foo', 'bar', 'src', 'token', 'ts', '12', 'flag']],
  ['snake_case and kebab-case', ['snake', 'case', 'and', 'kebab', 'case']],
  ['Café naïve ＡＢＣ ﬁne Straße', ['cafe', 'naive', 'abc', 'fine', 'strasse']],
  ['日本語のテキスト', ['日', '本', '語', 'の', 'テ', 'キ', 'ス', 'ト']],
  ['か\u3099 が', ['が', 'が']],
  ['한국어 \u1112\u1161\u11ab', ['한', '국', '어', '한']],
  ['İstanbul ΣΑΣ Kelvin', ['istanbul', 'σασ', 'kelvin']],
  ['deploy🎉🎉 ok', ['deploy', '🎉', '🎉', 'ok']],
  ['soft\u00adhyphen zero\u200bwidth', ['softhyphen', 'zerowidth']],
  ['ไทย', ['ไ', 'ท', 'ย']],
  ['a\u0000b \ud800 c', ['a', 'b', 'c']],
  ['½ of it', ['1', '2', 'of', 'it']],
])('%j is cut into %j', (text, tokens) => expect(tokensOf(text)).toEqual(tokens))

test.each([
  ['parseToken', ['parse', 'token']],
  ['parseHTTPToken2', ['parse', 'http', 'token2']],
  ['HTTPServer', ['http', 'server']],
  ['iPhone', ['phone']],
  ['sha256Sum', ['sha256', 'sum']],
  ['plain UPPER Title', []],
  [`${'aB'.repeat(40)} getX`, ['get']],
])('%j has the pieces %j', (text, pieces) => expect([...piecesOf(text)]).toEqual(pieces))

test('a token is cut at 100 characters, in the index as elsewhere', () => {
  const long = 'x'.repeat(250)
  expect(tokensOf(`a ${long} b`)).toEqual(['a', 'x'.repeat(100), 'b'])
  expect(indexedText(`a ${long} b`)).toBe(`a ${'x'.repeat(100)} b`)
  expect(tokensOf('語'.repeat(3) + 'é'.repeat(150))).toEqual(['語', '語', '語', 'e'.repeat(100)])
})

/** The tokens that FTS5 finds in a text, in order. */
class FullText {
  readonly db = new DatabaseSync(':memory:')

  constructor() {
    this.db.exec("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='ascii'); CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
  }

  tokens(text: string): string[] {
    this.db.exec('DELETE FROM t')
    this.db.prepare('INSERT INTO t VALUES (?)').run(text)
    const rows = this.db.prepare('SELECT term FROM v ORDER BY "offset"').all()
    return rows.map((row) => String(row.term))
  }
}

const alphabet = [
  'a',
  'B',
  'c',
  'D',
  '1',
  ' ',
  '_',
  '.',
  '/',
  '"',
  "'",
  'é',
  'E\u0301',
  'ß',
  'ﬁ',
  '語',
  'の',
  '한',
  '\u1112\u1161',
  '🎉',
  '\u00ad',
  'Ω',
  '\u0000',
  '\ud800',
  '٣',
  '½',
  '…',
  '\ue000',
  '\u200d',
]
const text = fc.oneof(
  fc.array(fc.constantFrom(...alphabet), { maxLength: 40 }).map((list) => list.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.constantFrom('fooBar', 'x'.repeat(99), 'y'.repeat(101), 'Z'.repeat(205), 'é', '-'), { maxLength: 8 })
    .map((list) => list.join('')),
)

describe('what the index is given', () => {
  const fullText = new FullText()

  test('is cut by FTS5 into just these tokens and pieces', () => {
    fc.assert(
      fc.property(text, (value) => {
        const expected = [...tokensOf(value), ...[...piecesOf(value)].map((piece) => pieceMark + piece)]
        // SQLite holds no lone surrogates; no token has one.
        expect(fullText.tokens(indexedText(value))).toEqual(expected)
      }),
      { numRuns: 1500 },
    )
  })

  test('never holds what another text could have put in its place', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(tokensOf(value).some((token) => token.includes(pieceMark))).toBe(false)
      }),
    )
  })
})

test('words stand where they are said to stand, and folding a word twice changes nothing', () => {
  fc.assert(
    fc.property(text, (value) => {
      let last = 0
      for (const { start, end, tokens } of wordsOf(value)) {
        expect(start).toBeGreaterThanOrEqual(last)
        expect(tokensOf(value.slice(start, end))).toEqual(tokens)
        for (const token of tokens) expect(fold(token)).toBe(token)
        last = end
      }
    }),
    { numRuns: 1000 },
  )
})
