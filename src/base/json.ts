/** A parsed JSON object that nobody has vouched for: OpenCode's records differ from release to release, and files get damaged. */
export type JsonObject = { readonly [key: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as an object, or an empty one. */
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})
/** The value as a list, or an empty one. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
/** The value if it is text, else null. */
export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
/** The value if it is a finite number, else null. */
export const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

/** Parses JSON that must be an object; undefined for anything else. Key order and unknown keys stay as they are. */
export function parseObject(text: string | null): JsonObject | undefined {
  if (text === null) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
