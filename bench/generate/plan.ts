import { dayOne } from './projects.ts'
import { Random } from './random.ts'

/** Messages of the longest session, which is the last root one and the newest. */
export const longest = 9000
const childrenPerRoot = 1.5
const lastStart = Date.UTC(2026, 10, 18, 8)
const planted = 7

/** Where the planted word stands in a session. */
export type Marker = 'prompt' | 'answer' | 'output'

/** The size of every session, decided before any of them is written: a few bytes for each, however much text they will hold. */
export class Plan {
  readonly seed: number
  readonly roots: number
  readonly #messages: Uint16Array
  readonly #children: Uint16Array

  /** @param last messages of the last root session; a sample for calibration makes it shorter */
  constructor(seed: number, roots: number, last = longest) {
    const random = new Random(seed, 2)
    this.seed = seed
    this.roots = roots
    this.#children = Uint16Array.from({ length: roots }, () => childCount(random))
    this.#children[roots - 1] = Math.ceil(last / 450)
    this.#reachTotal(Math.round(roots * childrenPerRoot), random)
    this.#messages = this.#children.map((children, root) =>
      Math.max(rootLength(random), children > 0 ? Math.ceil(children / 2) + 3 : 0, this.marker(root) ? 6 : 0),
    )
    this.#messages[roots - 1] = last
  }

  messages(root: number): number {
    return this.#messages[root]!
  }

  children(root: number): number {
    return this.#children[root]!
  }

  childMessages(root: number, child: number): number {
    return childLength(new Random(this.seed, root, child + 1))
  }

  /** All messages, of root sessions and subagents. */
  totalMessages(): number {
    let total = 0
    for (let root = 0; root < this.roots; root++) {
      total += this.messages(root)
      for (let child = 0; child < this.children(root); child++) total += this.childMessages(root, child)
    }
    return total
  }

  /** Root sessions are spread over a year, denser towards its end; the last one stands two days apart. */
  start(root: number): number {
    if (root === this.roots - 1) return lastStart
    return Math.round(dayOne + 3_600_000 + (lastStart - dayOne - 172_800_000) * (root / this.roots) ** 0.7)
  }

  /** A handful of sessions hold the planted word, each in one place. */
  marker(root: number): Marker | undefined {
    const step = this.roots / planted
    const index = Math.floor(root / step)
    if (Math.floor((index + 0.5) * step) !== root) return undefined
    return (['prompt', 'answer', 'output'] as const)[index % 3]
  }

  /** Moves single subagents in or out at random until there are exactly as many as wanted. */
  #reachTotal(wanted: number, random: Random): void {
    let total = this.#children.reduce((sum, count) => sum + count, 0)
    while (total !== wanted) {
      const root = random.below(this.roots)
      const step = total < wanted ? 1 : -1
      if (this.#children[root]! + step < 0) continue
      this.#children[root]! += step
      total += step
    }
  }
}

function childCount(random: Random): number {
  const draw = random.float()
  if (draw < 0.52) return 0
  if (draw < 0.7) return 1
  if (draw < 0.81) return 2
  if (draw < 0.91) return random.between(3, 4)
  return draw < 0.98 ? random.between(5, 8) : random.between(9, 20)
}

/** Most sessions are a question and a few steps; one in two hundred runs for a hundred messages or more, a few for thousands. */
function rootLength(random: Random): number {
  const draw = random.float()
  if (draw < 0.75) return random.between(2, 4)
  if (draw < 0.95) return random.between(4, 12)
  if (draw < 0.996) return random.between(12, 40)
  return draw < 0.9996 ? random.between(40, 300) : random.between(1000, 4000)
}

function childLength(random: Random): number {
  return random.chance(0.8) ? random.between(2, 4) : random.between(4, 8)
}
