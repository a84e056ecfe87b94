import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import * as z from 'zod/mini'
import { isObject, listOf, textOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'

/** The input of a question as JSON Schema, which is how OpenCode 2.x takes it. */
export function inputSchema(input: GenericSchema): Readonly<Record<string, unknown>> {
  return { ...omit(toJsonSchema(input, { typeMode: 'input' }), ['$schema']), additionalProperties: false }
}

/** The same in zod, which OpenCode 1.x wants: it makes an object of these, and JSON Schema of that. */
export function argumentsOf(input: GenericSchema): Record<string, z.ZodMiniType> {
  const { properties, required } = inputSchema(input)
  const needed = new Set(listOf(required))
  const entries = Object.entries(isObject(properties) ? properties : {}).map(([name, schema]): [string, z.ZodMiniType] => {
    const plain = isObject(schema) ? schema : {}
    const type = typeOf(plain)
    const described = withDescription(needed.has(name) ? type : z.optional(type), textOf(plain.description) ?? '')
    return [name, described]
  })
  return Object.fromEntries(entries)
}

/** The few types that questions are made of. */
function typeOf({ type, enum: choices, items, minimum, maximum, minLength }: Readonly<Record<string, unknown>>): z.ZodMiniType {
  if (Array.isArray(choices)) return z.enum(choices as [string, ...string[]])
  if (type === 'boolean') return z.boolean()
  if (type === 'array') return z.array(typeOf(isObject(items) ? items : {}))
  if (type === 'integer' || type === 'number') {
    const bounds = [typeof minimum === 'number' ? z.minimum(minimum) : [], typeof maximum === 'number' ? z.maximum(maximum) : []]
    return z.int().check(...bounds.flat())
  }
  return typeof minLength === 'number' ? z.string().check(z.minLength(minLength)) : z.string()
}

/** Where releases look for it: 1.18 at the type itself, before in zod's own list. */
function withDescription(type: z.ZodMiniType, description: string): z.ZodMiniType {
  z.globalRegistry.add(type, { description })
  return Object.assign(type, { description })
}
