import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseQuery } from '../query.ts'
import { matcherOf } from './match.ts'
import { snippetOf } from './snippet.ts'

const matchersOf = (query: string) => parseQuery(query).clauses.flat().map(matcherOf)

/** A snippet with its marks in brackets. */
function shown(text: string, query: string): string {
  const { text: snippet, marks } = snippetOf(text, matchersOf(query))
  let out = ''
  let at = 0
  for (const [start, end] of marks) {
    out += `${snippet.slice(at, start)}[${snippet.slice(start, end)}]`
    at = end
  }
  return out + snippet.slice(at)
}

const filler = (words: number) => Array.from({ length: words }, (_item, n) => `w${n}`).join(' ')

test.each([
  ['the zebra plan', 'zebra', 'the [zebra] plan'],
  ['one\n\n  line  with\tgaps', 'with', 'one line [with] gaps'],
  ['zebra Zebra ZEBRA', 'zebra', '[zebra] [Zebra] [ZEBRA]'],
  ['zebra-quokka', '"zebra quokka" zebra', '[zebra-quokka]'],
  ['nothing of it', 'zebra', 'nothing of it'],
  ['  trailing zebra  ', 'zebra', ' trailing [zebra]'],
  ['parseToken', 'token', '[parseToken]'],
])('of %j for %s it shows %j', (text, query, expected) => expect(shown(text, query)).toBe(expected))

test('it shows where the most words stand together, and begins at a word', () => {
  const text = `${filler(100)} zebra ${filler(200)} a quokka by a zebra ${filler(100)}`
  const snippet = shown(text, 'zebra quokka')
  expect(snippet).toContain('a [quokka] by a [zebra]')
  expect(snippet).toMatch(/^…w\d+ /)
  expect(snippet).toMatch(/…$/)
})

test('a word that is longer than a snippet is shown as far as it is worth it', () => {
  const long = 'x'.repeat(5000)
  const { text, marks } = snippetOf(`before ${long} after`, matchersOf('/x+/'))
  expect(text.length).toBeLessThan(1000)
  // It reaches beyond what is shown, so nothing is marked.
  expect(marks).toEqual([])
})

test('no pair of surrogates is cut in two', () => {
  for (let n = 150; n < 200; n++) {
    const { text } = snippetOf(`${'🎉'.repeat(n)} zebra ${'🎉'.repeat(n)}${'a'.repeat(n % 2)}`, matchersOf('zebra'))
    expect(text.isWellFormed()).toBe(true)
  }
})

test('marks stand in order inside the snippet, and hold what was looked for', () => {
  const piece = fc.constantFrom('zebra', 'quokka', 'Zebra', 'parseZebra', 'w1', '\n', '   ', 'ééé', '🎉', 'x'.repeat(90))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const matchers = matchersOf('zebra quokka')
      const source = pieces.join(' ')
      const { text, marks } = snippetOf(source, matchers)
      let at = 0
      for (const [start, end] of marks) {
        expect(start).toBeGreaterThanOrEqual(at)
        expect(end).toBeLessThanOrEqual(text.length)
        expect(matchers.some((matcher) => matcher.test(text.slice(start, end)))).toBe(true)
        at = end
      }
      expect(marks.length > 0).toBe(matchers.some((matcher) => matcher.test(source)))
      expect(text).not.toMatch(/[\n\t]| {2}/)
    }),
    { numRuns: 1000 },
  )
})
