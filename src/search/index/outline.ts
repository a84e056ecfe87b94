/** How the units of a session lie in its messages. */
export interface Outline {
  /** Of the title and each message that has units, the number of its first unit in the session, in order. */
  readonly starts: readonly number[]
  /** To which message these belong; -1 is the title. */
  readonly owners: readonly number[]
  /** The role of each message, also of those without units. */
  readonly roles: readonly string[]
}

/** As JSON, with each role once, and numbers for them. */
export function packOutline({ starts, owners, roles }: Outline): string {
  const names = [...new Set(roles)]
  return JSON.stringify({ s: starts, o: owners, n: names, r: roles.map((role) => names.indexOf(role)) })
}

/** The reverse of {@link packOutline}. */
export function unpackOutline(json: string): Outline {
  const { s, o, n, r } = JSON.parse(json) as { s: number[]; o: number[]; n: string[]; r: number[] }
  return { starts: s, owners: o, roles: r.map((role) => n[role]!) }
}

/** To which message a unit belongs (-1 is the title), and where it stands among the units of that. */
export function placeIn({ starts, owners }: Outline, unit: number): { readonly message: number; readonly unit: number } {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= unit) low = middle + 1
    else high = middle
  }
  return low === 0 ? { message: -1, unit } : { message: owners[low - 1]!, unit: unit - starts[low - 1]! }
}
