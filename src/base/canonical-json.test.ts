import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJSON } from './canonical-json.ts'

/** The same by building it: what the texts have been since the first saved session. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, own]) => [key, sorted(own)]))
}

test('prints the same bytes as putting everything in order first', () => {
  const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('10', '9', '01', '4294967295', '-1', '__proto__', 'b', 'a'))
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.double(),
      fc.constantFrom(null, true, undefined),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
    ),
  }))
  fc.assert(
    fc.property(value, (some) => {
      expect(canonicalJSON(some)).toBe(JSON.stringify(sorted(some)))
    }),
    { numRuns: 1000 },
  )
})
