/** An object without some of its fields; what it has under symbols stays. */
export function omit<T extends object, K extends keyof T>(value: T, fields: readonly K[]): Omit<T, K> {
  const left = Reflect.ownKeys(value).filter((key) => !(fields as readonly PropertyKey[]).includes(key)) as (keyof T)[]
  return Object.fromEntries(left.map((key) => [key, value[key]])) as Omit<T, K>
}
