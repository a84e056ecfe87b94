import { isObject, type JsonObject } from './json.ts'

/** Keys that are whole numbers come first in every object, by their size; the others follow in the order of their letters. */
const isIndex = (key: string) => /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1

function keysOf(value: JsonObject): string[] {
  const keys = Object.keys(value)
  const named = keys.findIndex((key) => !isIndex(key))
  return named < 0 ? keys : [...keys.slice(0, named), ...keys.slice(named).sort()]
}

/** Whether printing a value as it is has all keys in order; most have been put in order before. */
function isInOrder(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isInOrder)
  if (!isObject(value)) return true
  let before = ''
  for (const key of Object.keys(value)) {
    if (!isIndex(key)) {
      if (key < before) return false
      before = key
    }
    if (!isInOrder(value[key])) return false
  }
  return true
}

/** Prints what is not in order, piece by piece; undefined for what JSON has no words for. */
function printed(value: unknown): string | undefined {
  if (Array.isArray(value)) return `[${value.map((item) => printed(item) ?? 'null').join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  let text = ''
  for (const key of keysOf(value)) {
    const own = printed(value[key])
    if (own !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${own}`
  }
  return `{${text}}`
}

/** JSON in which the order of keys tells nothing: equal texts are equal values. */
export const canonicalJSON = (value: unknown): string => (isInOrder(value) ? JSON.stringify(value) : printed(value)!)

/** A copy of a value with the keys of each object in that order, and with other texts; what JSON has no words for is left out. */
export function inOrder(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return value.map((item) => inOrder(item, text) ?? null)
  if (!isObject(value)) return value
  const entries: [string, unknown][] = []
  for (const key of keysOf(value)) if (value[key] !== undefined) entries.push([text(key), inOrder(value[key], text)])
  return Object.fromEntries(entries)
}

/** Whether two texts are the same JSON. What is no JSON, or is nested too deep, is the same as itself alone. */
export function sameJSON(a: string, b: string): boolean {
  if (a === b) return true
  try {
    return canonicalJSON(JSON.parse(a)) === canonicalJSON(JSON.parse(b))
  } catch {
    return false
  }
}
