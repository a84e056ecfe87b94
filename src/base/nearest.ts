/** How many letters must be added, taken away or replaced to make one word of the other. */
function stepsBetween(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min(row[j]! + (letter === other ? 0 : 1), row[j + 1]! + 1, next[j]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}

/** The name that was most likely meant by a word. @param names at least one */
export function nearestName(word: string, names: readonly string[]): string {
  const steps = new Map(names.map((name) => [name, stepsBetween(word.toLowerCase(), name.toLowerCase())]))
  return names.toSorted((a, b) => steps.get(a)! - steps.get(b)!)[0]!
}
