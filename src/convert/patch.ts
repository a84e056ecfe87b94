import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject } from '../base/json.ts'

/** How one JSON object becomes another: keys to set, keys to leave out, and patches of the objects inside. */
export interface Patch {
  readonly set?: JsonObject
  readonly drop?: readonly string[]
  readonly in?: Readonly<Record<string, Patch>>
}

/** Copies keys as own properties: `__proto__` in a stored record is a key like any other. */
export function own(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  return Object.fromEntries(entries)
}

/** What makes `want` out of `have`; undefined where they are equal. Lists count as one value. */
export function diff(have: JsonObject, want: JsonObject): Patch | undefined {
  const set: [string, unknown][] = []
  const inner: [string, Patch][] = []
  for (const [key, value] of Object.entries(want)) {
    const other = Object.hasOwn(have, key) ? have[key] : undefined
    if (value === undefined || value === other) continue
    if (isObject(value) && isObject(other)) {
      const patch = diff(other, value)
      if (patch) inner.push([key, patch])
    } else if (!isDeepStrictEqual(other, value)) set.push([key, value])
  }
  const drop = Object.keys(have).filter(
    (key) => have[key] !== undefined && (!Object.hasOwn(want, key) || want[key] === undefined),
  )
  if (set.length === 0 && inner.length === 0 && drop.length === 0) return undefined
  return {
    ...(set.length > 0 && { set: own(set) }),
    ...(drop.length > 0 && { drop }),
    ...(inner.length > 0 && { in: Object.fromEntries(inner) }),
  }
}

/** Applies what `diff` made; a patch that nobody has vouched for changes what it can, and is otherwise passed over. */
export function applyPatch(have: JsonObject, patch: unknown): JsonObject {
  if (!isObject(patch)) return have
  const drop = new Set(Array.isArray(patch.drop) ? patch.drop : [])
  const inner = isObject(patch.in) ? patch.in : {}
  const entries = Object.entries(have).filter(([key]) => !drop.has(key))
  const patched = entries.map(([key, value]) => {
    return [key, Object.hasOwn(inner, key) && isObject(value) ? applyPatch(value, inner[key]) : value] as const
  })
  return own([...patched, ...(isObject(patch.set) ? Object.entries(patch.set) : [])])
}
