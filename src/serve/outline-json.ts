import type { Outline } from '../conversation/outline.ts'

/** What is drawn beside a conversation: how many messages it has, its prompts, and how context and cost grew. */
export function outlineJSON({ items }: Outline) {
  let spent = 0
  const growth = items.flatMap(({ tokens, cost }, place) => {
    spent += cost ?? 0
    const context = tokens === null ? 0 : tokens.input + tokens.cache.read + tokens.cache.write
    return context > 0 ? [{ place, context, cost: spent }] : []
  })
  return {
    messages: items.length,
    prompts: items.flatMap(({ id, kind, created, opening }, place) =>
      kind === 'prompt' ? [{ id, place, created, text: opening ?? '' }] : [],
    ),
    growth,
    cost: spent,
  }
}
