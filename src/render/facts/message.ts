import type { Message } from '../../conversation/message.ts'
import { safeLine } from '../safe-text.ts'
import { duration } from '../words.ts'

/** What every rendering says of a message, in the same words. */

/** On whose side a message stands: what the person typed, what an agent said, or what OpenCode put in. */
export function sideOf({ role, kind }: Message): 'person' | 'agent' | 'opencode' {
  if (role === 'system' || kind === 'synthetic') return 'opencode'
  return role === 'user' ? 'person' : 'agent'
}

/** Who speaks: `You`, `OpenCode`, or the agent's name. */
export function speakerOf(message: Message): string {
  const side = sideOf(message)
  if (side === 'agent') return safeLine(message.agent ?? '') || 'assistant'
  return side === 'person' ? 'You' : 'OpenCode'
}

/**
 * What sets a message apart from a prompt and its answer.
 * @param told kinds that a reader is told otherwise
 */
export function labelsOf({ kind, reverted, interrupted }: Message, told: readonly string[]): string[] {
  const plain = kind === 'prompt' || kind === 'answer' || told.includes(kind)
  return [...(plain ? [] : [kind]), ...(reverted ? ['reverted'] : []), ...(interrupted ? ['interrupted'] : [])]
}

/** `anthropic/claude-sonnet-4-5` of an answer, else nothing. */
export function modelOf({ role, model }: Message): string {
  return role === 'assistant' && model !== null ? safeLine(`${model.providerID}/${model.modelID}`) : ''
}

/** How long an answer took, if that is worth saying. */
export function tookOf({ time: { created, completed } }: Message): string {
  return created !== null && completed !== null && completed - created >= 1000 ? duration(completed - created) : ''
}

/** Why a message failed; an interruption has its label already. */
export function failureOf({ error, interrupted }: Message): string {
  if (error === null || (interrupted && error.name === 'MessageAbortedError')) return ''
  return [error.name, error.message].filter(Boolean).join(': ')
}

/** Whether a message goes on where the one before left off: the model answers in steps, one message each. */
export function continues(message: Message, previous: Message): boolean {
  const same =
    message.agent === previous.agent &&
    message.model?.modelID === previous.model?.modelID &&
    message.reverted === previous.reverted
  return message.kind === 'answer' && previous.kind === 'answer' && same && !message.interrupted && !previous.interrupted
}
