/** Where two JSON values differ: by path, without the places in lists. */
export interface Differences {
  /** Paths of what only the restored one has. */
  readonly added: Map<string, number>
  /** Paths of what only the original has. */
  readonly lost: Map<string, number>
  /** Paths where both differ, with one example. */
  readonly changed: Map<string, number>
}

export const noDifferences = (): Differences => ({ added: new Map(), lost: new Map(), changed: new Map() })

const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

const short = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/** Adds what differs between two values to `found`; the order of keys does not count. @returns whether nothing does */
export function compare(original: unknown, restored: unknown, found: Differences, path = ''): boolean {
  if (Object.is(original, restored)) return true
  if (Array.isArray(original) && Array.isArray(restored)) {
    const length = Math.max(original.length, restored.length)
    const places = Array.from({ length }, (_item, at) => compare(original[at], restored[at], found, `${path}[]`))
    return places.every(Boolean)
  }
  if (isObject(original) && isObject(restored) && Array.isArray(original) === Array.isArray(restored)) {
    const keys = [...new Set([...Object.keys(original), ...Object.keys(restored)])]
    return keys.map((key) => compare(original[key], restored[key], found, path === '' ? key : `${path}.${key}`)).every(Boolean)
  }
  if (original === undefined) count(found.added, path)
  else if (restored === undefined) count(found.lost, path)
  else count(found.changed, `${path} (${short(original)} → ${short(restored)})`)
  return false
}

/** The differences in words, each once; of many examples of one path the first few. */
export function inWords({ added, lost, changed }: Differences): string[] {
  const lines = (map: ReadonlyMap<string, number>, sign: string) => {
    const byPath = Map.groupBy([...map], ([key]) => key.replace(/ \(.*/s, ''))
    return [...byPath].map(([path, entries]) => {
      const number = entries.reduce((sum, [, times]) => sum + times, 0)
      const example = entries[0]![0].slice(path.length)
      return `${sign} ${path}${example} ×${number}`
    })
  }
  return [...lines(lost, '-'), ...lines(changed, '~'), ...lines(added, '+')]
}
