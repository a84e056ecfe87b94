import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBeginning } from './json-beginning.ts'

test.each<[string, object | undefined]>([
  ['{"type":"text","text":"begins he', { type: 'text', text: 'begins he' }],
  ['{"type":"tool","state":{"input":{"a":1},"output":"li', { type: 'tool', state: { input: { a: 1 }, output: 'li' } }],
  ['{"a":[1,2,{"b":"c"},{"d":', { a: [1, 2, { b: 'c' }, {}] }],
  ['{"a":"x","key that is cu', { a: 'x' }],
  ['{"a":"x","key"', { a: 'x' }],
  ['{"a":"x","key":', { a: 'x' }],
  ['{"a":"x",', { a: 'x' }],
  ['{"a":"x","n":12', { a: 'x' }],
  ['{"a":"x","n":12,"t":tru', { a: 'x', n: 12 }],
  ['{"a":"line\\n and \\', { a: 'line\n and ' }],
  ['{"a":"\\u00e', { a: '' }],
  ['{"a":"\\\\u00e', { a: '\\u00e' }],
  ['{"a":"one\\\\', { a: 'one\\' }],
  ['{"a":"say \\"', { a: 'say "' }],
  ['{ "a" : [ "x" , ', { a: ['x'] }],
  ['{', {}],
  ['', undefined],
  ['[1,2', undefined],
  ['"text', undefined],
  ['not json', undefined],
])('%s begins %j', (text, object) => expect(parseBeginning(text)).toEqual(object))

test('of an object that is cut anywhere, what comes before stays as it is', () => {
  const key = fc.constantFrom('a', 'b"', 'é', '\\', '__proto')
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom('"', '\\', '\n\\"', '{', ']', 1.5, true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 }), fc.nat(), fc.boolean(), (object, at, spaced) => {
      const json = JSON.stringify(object, null, spaced ? 1 : 0)
      const text = json.slice(0, 1 + (at % json.length))
      const beginning = parseBeginning(text)
      if (beginning === undefined) throw new Error(`nothing of ${text}`)
      const entries = Object.entries(beginning)
      const all = Object.entries(object)
      expect(entries.map(([name]) => name)).toEqual(all.slice(0, entries.length).map(([name]) => name))
      // All but the last are whole.
      expect(entries.slice(0, -1)).toEqual(all.slice(0, Math.max(0, entries.length - 1)))
      if (text === json) expect(beginning).toEqual(object)
    }),
    { numRuns: 2000 },
  )
})
