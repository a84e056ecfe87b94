import * as z from 'zod'

/**
 * Stands for `zod/v4` in what is built of `@modelcontextprotocol/*`, which makes some four hundred schemas when it is loaded, and
 * as many again with the first message: two thirds of what a start took. Here a schema is noted, and made when something is
 * looked up in it. A session needs a dozen. JSON Schema cannot be made of them: tools bring their own.
 */

type Schema = Readonly<Record<PropertyKey, unknown>>
type Make = (...given: never[]) => object

/** Methods that give another schema: they are noted, too. */
const giving = new Set<PropertyKey>(
  ['optional', 'nullable', 'default', 'catch', 'extend', 'catchall', 'strict', 'strip', 'loose', 'or', 'and'].concat([
    'int',
    'min',
    'max',
    'nonnegative',
    'refine',
    'superRefine',
    'transform',
    'pipe',
    'describe',
  ]),
)

// Code that zod writes for a schema pays for itself after hundreds of messages, and to find values that hold themselves it walks
// every schema first: what came as JSON holds nothing twice.
z.config({ jitless: true, memoizer: { attach() {}, guard() {}, alloc: (_schema, _payload, empty) => empty } })

/** A schema that is made with the first look at it. */
function noted(make: () => object): object {
  let made: Schema | undefined
  const schema = (): Schema => {
    made ??= make() as Schema
    return made
  }
  return new Proxy(Object.create(null), {
    get(_nothing, key) {
      if (!made && giving.has(key)) return (...given: unknown[]) => noted(() => call(schema(), key, given))
      const value = schema()[key]
      return typeof value === 'function' ? value.bind(schema()) : value
    },
    has: (_nothing, key) => key in schema(),
    getPrototypeOf: () => Reflect.getPrototypeOf(schema()),
  })
}

const call = (schema: Schema, method: PropertyKey, given: readonly unknown[]) =>
  Reflect.apply(schema[method] as Make, schema, given) as object

const later =
  (make: Make) =>
  (...given: never[]) =>
    noted(() => make(...given))

const [enumOf, nullOf] = [later(z.enum), later(z.null)]

export const any = later(z.any)
export const array = later(z.array)
export const boolean = later(z.boolean)
export const discriminatedUnion = later(z.discriminatedUnion)
export const email = later(z.email)
export const intersection = later(z.intersection)
export const lazy = later(z.lazy)
export const literal = later(z.literal)
export const looseObject = later(z.looseObject)
export const number = later(z.number)
export const object = later(z.object)
export const optional = later(z.optional)
export const preprocess = later(z.preprocess)
export const record = later(z.record)
export const string = later(z.string)
export const union = later(z.union)
export const unknown = later(z.unknown)
export const url = later(z.url)
export { coerce, iso, NEVER, safeParse, toJSONSchema, ZodIssueCode } from 'zod'
export { enumOf as enum, nullOf as null }
