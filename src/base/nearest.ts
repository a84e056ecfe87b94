/** Letters left out, put in, changed or swapped with their neighbour; more than `limit` is not counted further. */
export function slipsBetween(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_item, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let slips = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, beforeLast[j - 2]! + 1)
      row.push(slips)
    }
    if (Math.min(...row) > limit) return limit + 1
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** The name that was most likely meant by a word. @param names at least one */
export function nearestName(word: string, names: readonly string[]): string {
  const slips = new Map(names.map((name) => [name, slipsBetween(word.toLowerCase(), name.toLowerCase())]))
  return names.toSorted((a, b) => slips.get(a)! - slips.get(b)!)[0]!
}
