import { type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import type { FilePart, Message, ReasoningPart, TextPart, ToolPart } from './message.ts'

/** Makers of the parts that more than one generation has. */

export function textPart(id: string, raw: JsonObject): TextPart {
  return { id, type: 'text', text: textOf(raw.text) ?? '', synthetic: raw.synthetic === true, ignored: raw.ignored === true, raw }
}

export function reasoningPart(id: string, raw: JsonObject): ReasoningPart {
  return { id, type: 'reasoning', text: textOf(raw.text) ?? '', raw }
}

export function filePart(id: string, raw: JsonObject): FilePart {
  const mime = textOf(raw.mime) ?? textOf(raw.mediaType)
  return {
    id,
    type: 'file',
    mime,
    filename: textOf(raw.filename) ?? textOf(raw.name),
    url: textOf(raw.url) ?? textOf(raw.uri),
    raw,
  }
}

/** The stored words for the state of a tool call, in those of 1.x. */
const statuses: Readonly<Record<string, ToolPart['status']>> = {
  pending: 'pending',
  streaming: 'pending', // 2.x
  'partial-call': 'pending', // 0.1.x
  running: 'running',
  call: 'running', // 0.1.x
  completed: 'completed',
  result: 'completed', // 0.1.x
  error: 'error',
}

export function toolStatus(value: unknown): ToolPart['status'] {
  const status = textOf(value) ?? ''
  return (Object.hasOwn(statuses, status) && statuses[status]) || 'pending'
}

/** An error of any generation: `{name, data: {message}}` in 1.x, `{type, message}` in 2.x. */
export function errorOf(value: unknown): Message['error'] {
  if (value === undefined || value === null) return null
  const error = objectOf(value)
  const name = textOf(error.name) ?? textOf(error.type) ?? 'error'
  return { name, message: textOf(objectOf(error.data).message) ?? textOf(error.message) ?? textOf(value) ?? '' }
}

/** The texts in a list of content, one after another. */
export function joinedText(content: unknown): string | null {
  const texts = listOf(content).flatMap((item) => textOf(objectOf(item).text) ?? [])
  return texts.length > 0 ? texts.join('\n') : null
}

export const timesOf = (start: unknown, end: unknown) => ({ start: numberOf(start), end: numberOf(end) })
