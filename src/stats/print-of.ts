import type { Message } from '../conversation/message.ts'

/**
 * 52 bits of what OpenCode copies into a fork, where message and parts get new ids: when a message was begun and ended, by whom,
 * what it used, and what its parts are.
 */
export function printOf({ role, time, model, tokens, cost, parts }: Message): number {
  const usage = tokens && [tokens.input, tokens.output, tokens.reasoning, tokens.cache.read, tokens.cache.write]
  const pieces = parts.map((part) => {
    if (part.type === 'tool') return `${part.tool}:${part.callID}`
    return part.type === 'text' || part.type === 'reasoning' ? part.text.length : part.type
  })
  const text = [time.created, time.completed, role, model?.providerID, model?.modelID, usage, cost, pieces].join('|')
  return (hash(text, 0x811c9dc5) & 0xfffff) * 2 ** 32 + hash(text, 0x9747b28c)
}

/** FNV-1a. */
function hash(text: string, seed: number): number {
  let value = seed
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}
