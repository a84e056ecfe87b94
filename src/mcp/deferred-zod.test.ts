import { describe, expect, test, vi } from 'vitest'
import * as real from 'zod'
import * as deferred from './deferred-zod.ts'

/** Schemas as the SDK writes them, from either library. */
function schemas(z: typeof real) {
  const base = z.object({ name: z.string().min(1), title: z.string().optional() })
  const kinds = z.discriminatedUnion('type', [
    base.extend({ type: z.literal('text') }),
    z.looseObject({ ...base.shape, type: z.literal('more'), at: z.number().int().nonnegative().catch(7) }),
  ])
  const tree: real.ZodType = z.lazy(() => z.union([z.string(), z.array(tree), z.record(z.string(), tree)]))
  return {
    base,
    strict: base.strict(),
    kinds,
    tree,
    either: z.optional(base.or(z.null())),
    both: z.intersection(z.object({ a: z.boolean() }), z.object({ b: z.enum(['x', 'y']).default('x') })),
    refined: z.preprocess(
      (value) => value ?? [],
      z.array(z.unknown()).refine((items) => items.length < 2),
    ),
  }
}

const values = [
  undefined,
  null,
  'x',
  [],
  [1, 2],
  {},
  { a: true },
  { a: true, b: 'y' },
  { a: 1, b: 'z' },
  { name: 'x' },
  { name: '', type: 'text' },
  { name: 'x', type: 'text', title: 'y', more: 1 },
  { name: 'x', type: 'more', at: -1, more: [] },
  { name: 'x', type: 'other' },
  { deep: [{ er: ['x'] }] },
]

describe('schemas that are noted', () => {
  test('take and refuse what zod’s own do, in the same words', () => {
    const [noted, made] = [schemas(deferred as unknown as typeof real), schemas(real)]
    for (const name of Object.keys(made) as (keyof typeof made)[]) {
      for (const value of values) {
        const [ours, theirs] = [noted[name].safeParse(value), made[name].safeParse(value)]
        expect({ name, value, ...ours, error: ours.error?.issues }).toEqual({
          name,
          value,
          ...theirs,
          error: theirs.error?.issues,
        })
      }
    }
  })

  test('are what zod knows as its own', () => {
    const { base, kinds } = schemas(deferred as unknown as typeof real)
    expect(base).toBeInstanceOf(real.ZodObject)
    expect('_zod' in kinds).toBe(true)
    expect(Object.keys(base.shape)).toEqual(['name', 'title'])
    expect(real.object({ base }).parse({ base: { name: 'x' } })).toEqual({ base: { name: 'x' } })
  })

  test('are made when something is looked up in them, once', () => {
    const make = vi.fn(() => real.string())
    const lazy = (deferred.lazy as unknown as typeof real.lazy)(make)
    const whole = (deferred.object as unknown as typeof real.object)({ lazy: lazy.optional() }).strict()
    expect(make).not.toHaveBeenCalled()
    for (const _ of [1, 2]) expect(whole.parse({ lazy: 'x' })).toEqual({ lazy: 'x' })
    expect(make).toHaveBeenCalledTimes(1)
  })
})
