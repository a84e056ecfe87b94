import { OcvaultError } from '../base/errors.ts'
import { isObject, type JsonObject } from '../base/json.ts'

/**
 * Applies a JSON merge patch (RFC 7386) to an object where it is: keys with null go, objects are merged, everything else is
 * replaced.
 * @throws OcvaultError `usage` where one of the two is no object: the RFC would replace the whole value, which is what writing is
 *   for
 */
export function mergePatch(draft: unknown, patch: unknown): void {
  if (!isObject(patch)) throw new OcvaultError('usage', 'a merge patch is a JSON object')
  if (!isObject(draft)) throw new OcvaultError('usage', 'only an object takes a merge patch: write replaces any other value')
  merge(draft, patch)
}

function merge(into: JsonObject, patch: JsonObject): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      Reflect.deleteProperty(into, key)
      continue
    }
    const now = Object.hasOwn(into, key) ? into[key] : undefined
    if (isObject(value) && isObject(now)) merge(now, value)
    else put(into, key, isObject(value) ? merged(value) : value)
  }
}

/** What a patch makes of nothing: itself without its nulls. */
function merged(patch: JsonObject): JsonObject {
  const made: JsonObject = {}
  merge(made, patch)
  return made
}

/** Not by assignment: a key may be `__proto__`. */
const put = (object: JsonObject, key: string, value: unknown) =>
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true })
