import { describe, expect, test } from 'vitest'
import { expanded } from '../../testing/templates.ts'
import { hitsIn, hitsOfRule } from '../hits.ts'
import { shapesIn } from './format.ts'
import { personal } from './personal.ts'
import { rules, tokenShapes } from './rules.ts'

/** What of a text a list of places is, in order. */
const piecesOf = (text: string, places: readonly { start: number; end: number }[]) =>
  places.map(({ start, end }) => text.slice(start, end))

describe.each([...rules, ...personal].map((rule) => [rule.id, rule.keywords[0]!, rule] as const))(
  '%s: %s',
  (_id, _keyword, rule) => {
    test('finds its examples, and all of each', () => {
      for (const example of rule.finds) {
        const { text, secrets } = expanded(example, 'a rule')
        expect(piecesOf(text, hitsOfRule(text, rule)), text).toEqual(expect.arrayContaining([...secrets]))
      }
      expect(rule.finds.length).toBeGreaterThan(0)
    })

    test('leaves what only looks like it', () => {
      for (const example of rule.leaves) expect(hitsOfRule(expanded(example, 'no secret').text, rule), example).toEqual([])
    })
  },
)

describe('tokens by their shape', () => {
  test('are those of 150 vendors and more', () => {
    expect(new Set(tokenShapes.map(({ kind }) => kind.split('-')[0])).size).toBeGreaterThanOrEqual(150)
    expect(new Set(tokenShapes.map(({ shape }) => shape)).size).toBe(tokenShapes.length)
  })

  test.each(tokenShapes.map((shape) => [shape.kind, shape.shape, shape] as const))('%s %s', (_kind, shape, { keyword }) => {
    // The shortest there is.
    const least = shape.replace(/:(\d+)-\d+\}/g, ':$1}')
    const { text: token } = expanded(least, 'a token')
    for (const text of [`it prints ${token} and goes on`, `"${token}"`, `A=1\\n${token}\\nB=2`]) {
      const found = piecesOf(text, hitsIn(text)).sort((a, b) => b.length - a.length)[0]
      expect(found, text).toContain(token)
    }
    for (const text of [`${keyword}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`, `${keyword}...`, `${keyword}<your-key>`, keyword])
      expect(hitsIn(`${text} and goes on`), text).toEqual([])
  })

  test('shapes are read as they are written', () => {
    const [shape] = shapesIn('x-key {hex:4}-ab_{b62:3-5}')
    expect(shape).toMatchObject({ keyword: '-ab_', kind: 'x-key' })
    expect(shape!.before!.source).toContain('[0-9a-f]{4}')
    expect(shape!.pattern.source).toContain('[A-Za-z0-9]{3,5}')
  })
})
