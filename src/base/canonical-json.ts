import { isObject } from './json.ts'

/** The same value with the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}

/** JSON in which the order of keys tells nothing: equal texts are equal values. */
export const canonicalJSON = (value: unknown): string => JSON.stringify(sorted(value))

/** Whether two texts are the same JSON. What is no JSON, or is nested too deep, is the same as itself alone. */
export function sameJSON(a: string, b: string): boolean {
  if (a === b) return true
  try {
    return canonicalJSON(JSON.parse(a)) === canonicalJSON(JSON.parse(b))
  } catch {
    return false
  }
}
