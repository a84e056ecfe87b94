/** An object without some of its fields. */
export function omit<T extends object, K extends keyof T>(value: T, fields: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(fields as readonly string[]).includes(key))) as Omit<T, K>
}
