import { isObject, type JsonObject, numberOf, textOf } from '../../base/json.ts'
import { withPrefix } from '../ids.ts'
import { keep } from '../kept.ts'
import { own } from '../patch.ts'

/**
 * What `opencode import` of 1.18.33 demands of each field; it refuses the whole file for one that is missing or of another type.
 * A rule without `repair` is of an optional field. Fields that no rule names are left as they are.
 */
export interface Rule {
  readonly test: (value: unknown) => boolean
  readonly repair?: (value: unknown) => unknown
  /** Whether a field that is not there stays away. */
  readonly optional?: true
}
export type Rules = Readonly<Record<string, Rule>>

/** The same object if it keeps the rules, else one that does; what was replaced is kept as `misfit`. */
export function conform(object: JsonObject, rules: Rules): JsonObject {
  let fixed: Record<string, unknown> | undefined
  const misfit: [string, unknown][] = []
  for (const [key, rule] of Object.entries(rules)) {
    const value = object[key]
    if (value === undefined ? rule.optional || !rule.repair : rule.test(value)) continue
    fixed ??= own(Object.entries(object))
    if (value !== undefined && value !== null) misfit.push([key, value])
    const repaired = value === null && rule.optional ? undefined : rule.repair?.(value)
    if (repaired === undefined) delete fixed[key]
    else fixed[key] = repaired
  }
  return fixed ? keep(fixed, { misfit: misfit.length > 0 ? own(misfit) : undefined }) : object
}

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isTrueOrFalse = (value: unknown) => typeof value === 'boolean'
export const isNumber = (value: unknown): value is number => numberOf(value) !== null
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
export const isMaybe = (test: (value: unknown) => boolean) => (value: unknown) => value === undefined || test(value)
export const isListOf = (test: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(test)
export const has = (tests: Readonly<Record<string, (value: unknown) => boolean>>) => {
  const fields = Object.entries(tests)
  return (value: unknown) => isObject(value) && fields.every(([key, test]) => test(value[key]))
}
export const startsWith = (prefix: string) => (value: unknown) => isText(value) && value.startsWith(prefix)

/** The number that is meant, as far as OpenCode can count. */
export const count = (value: unknown): number => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(numberOf(value) ?? 0)))
export const finite = (value: unknown) => numberOf(value) ?? 0

export const text = (fallback: string): Rule => ({ test: isText, repair: () => fallback })
export const id = (prefix: 'ses' | 'msg' | 'prt'): Rule => ({
  test: startsWith(prefix),
  repair: (value) => withPrefix(prefix, textOf(value) ?? ''),
})
export const only = (test: (value: unknown) => boolean): Rule => ({ test })
export const optionalText = only(isText)
export const optionalRecord = only(isObject)
