import type { Message, Part, StepPart } from '../../conversation/message.ts'
import type { Tokens } from '../../stores/store.ts'
import { safeLine } from '../safe-text.ts'
import { money, tokenCount } from '../words.ts'

/** A round trip to the model, whose beginning and end are two parts. */
export interface Step {
  readonly type: 'round'
  readonly start: StepPart | null
  readonly finish: StepPart | null
}

/** A message's parts as a reader meets them: the two ends of a step are one item, where the step ended. */
export function itemsOf({ parts }: Message): (Exclude<Part, StepPart> | Step)[] {
  const items: (Exclude<Part, StepPart> | Step)[] = []
  let start: StepPart | null = null
  for (const part of parts) {
    if (part.type !== 'step') items.push(part)
    else if (part.phase === 'finish') {
      items.push({ type: 'round', start, finish: part })
      start = null
    } else {
      if (start !== null) items.push({ type: 'round', start, finish: null })
      start = part
    }
  }
  if (start !== null) items.push({ type: 'round', start, finish: null })
  return items
}

/** `step: tool-calls · 1,200 tokens in, 30 out · $0.01 · snapshot 6ab4fd11`. */
export function stepWords({ start, finish }: Step): string {
  const snapshots = [start?.snapshot, finish?.snapshot].flatMap((hash) => hash?.slice(0, 8) ?? [])
  return [
    finish === null ? 'step: did not finish' : `step: ${finish.reason ?? 'finished'}`,
    ...usageWords(finish?.tokens ?? null, finish?.cost ?? null),
    snapshots.length === 0 ? '' : `snapshot ${[...new Set(snapshots)].join(' → ')}`,
  ]
    .map(safeLine)
    .filter(Boolean)
    .join(' · ')
}

/** What a whole message used, where no step of its own says it (2.x). */
export function messageUsage(message: Message): string {
  if (message.parts.some((part) => part.type === 'step' && part.tokens !== null)) return ''
  return usageWords(message.tokens, message.cost).join(' · ')
}

/** `1,200 tokens in, 30 out` and `$0.01`, where they say anything. */
export function usageWords(tokens: Tokens | null, cost: number | null): string[] {
  const counted = tokens !== null && tokens.input + tokens.output + tokens.cache.read + tokens.cache.write > 0
  return [...(counted ? [tokenCount(tokens)] : []), ...(cost !== null && cost > 0 ? [money(cost)] : [])]
}
