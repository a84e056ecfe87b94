import { isObject, type JsonObject, objectOf } from '../base/json.ts'
import { own } from './patch.ts'

/**
 * What the other generation has no place for stays with its message or part, under `metadata.ocvault`:
 * `v1` what only 1.x has, `v2` what only 2.x has, `legacy` what only 0.1 had, `preview` what only
 * the 2.0 preview had, `misfit` values that 1.x would refuse to import, `workspace` the one
 * that a session had where it is from.
 */
export type Kept = Readonly<Partial<Record<'v1' | 'v2' | 'legacy' | 'preview' | 'misfit' | 'workspace', unknown>>>

export const keptIn = (object: JsonObject): Kept => objectOf(objectOf(object.metadata).ocvault) as Kept

/** The object with more to keep; without anything to keep it is the same object. */
export function keep(object: JsonObject, kept: Kept): JsonObject {
  const entries = Object.entries(kept).filter(([, value]) => value !== undefined)
  if (entries.length === 0) return object
  const metadata = objectOf(object.metadata)
  // So that an empty object is one again when nothing is kept any more.
  if (isObject(object.metadata) && Object.keys(metadata).length === 0) entries.push(['empty', true])
  return { ...object, metadata: { ...metadata, ocvault: own([...Object.entries(objectOf(metadata.ocvault)), ...entries]) } }
}

/** The object without one kind of what is kept in it; `metadata` goes when nothing is left there. */
export function withoutKept(object: JsonObject, kind: keyof Kept): JsonObject {
  if (keptIn(object)[kind] === undefined || !isObject(object.metadata)) return object
  const { metadata, ...rest } = object
  const { ocvault, ...others } = metadata
  const left = Object.entries(objectOf(ocvault)).filter(([key]) => key !== kind)
  if (left.every(([key]) => key === 'empty')) {
    return left.length > 0 || Object.keys(others).length > 0 ? { ...rest, metadata: others } : rest
  }
  return { ...rest, metadata: { ...others, ocvault: own(left) } }
}
