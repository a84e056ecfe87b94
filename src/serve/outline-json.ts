import type { Outline } from '../conversation/outline.ts'

/** Growth is told in no more points than a narrow picture has: of thousands those with the largest context. */
const mostPoints = 400

interface Point {
  readonly place: number
  /** Tokens that an answer was made from. */
  readonly context: number
  /** What all answers up to it cost. */
  readonly cost: number
}

/** What is drawn beside a conversation: how many messages it has, its prompts, and how context and cost grew. */
export function outlineJSON({ items }: Outline) {
  let spent = 0
  const growth = items.flatMap(({ tokens, cost }, place): Point[] => {
    spent += cost ?? 0
    const context = tokens === null ? 0 : tokens.input + tokens.cache.read + tokens.cache.write
    return context > 0 ? [{ place, context, cost: spent }] : []
  })
  return {
    messages: items.length,
    prompts: items.flatMap(({ id, kind, created, opening }, place) =>
      kind === 'prompt' ? [{ id, place, created, text: opening ?? '' }] : [],
    ),
    growth: thinned(growth),
    cost: spent,
  }
}

/** The first point, the last one, and of each piece between them the one with the largest context. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= mostPoints) return points
  const [first, last] = [points[0]!, points.at(-1)!]
  const between = points.slice(1, -1)
  const pieces = mostPoints - 2
  const size = between.length / pieces
  const largest = Array.from({ length: pieces }, (_item, at) =>
    between
      .slice(Math.floor(at * size), Math.floor((at + 1) * size))
      .reduce((most, point) => (point.context > most.context ? point : most)),
  )
  return [first, ...largest, last]
}
