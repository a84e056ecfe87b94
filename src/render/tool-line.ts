import type { ToolPart } from '../conversation/message.ts'
import { isObject, textOf } from '../opencode/json.ts'
import { safeLine } from './safe-text.ts'
import { count, duration } from './words.ts'

/** The argument that says most, by OpenCode's own names: 1.x `filePath` became `path` in 2.x. */
const telling = ['command', 'filePath', 'path', 'pattern', 'query', 'url', 'description', 'skill', 'name']

/** What a tool was asked to do, in one line. */
export function toolInput(part: ToolPart): string {
  const { input } = part
  if (!isObject(input)) return safeLine(typeof input === 'string' ? input : (part.title ?? ''))
  if (Array.isArray(input.todos)) return count(input.todos.length, 'todo')
  if (part.sessionID !== null && part.title !== null) return safeLine(part.title)
  const key = telling.find((name) => typeof input[name] === 'string')
  const where = key === 'pattern' ? textOf(input.path) : null
  if (key !== undefined) return safeLine(`${input[key]}${where === null ? '' : ` in ${where}`}`)
  const keys = Object.keys(input)
  return keys.length === 0
    ? safeLine(part.title ?? '')
    : safeLine(keys.map((name) => `${name}: ${shortValue(input[name])}`).join(', '))
}

function shortValue(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value
  return isObject(value) || Array.isArray(value) ? '…' : String(value)
}

/** How a tool call ended, in a few words. */
export function toolOutcome(part: ToolPart): string {
  const { start, end } = part.time
  const took = start !== null && end !== null && end - start >= 100 ? duration(end - start) : ''
  if (part.status === 'error') return ['failed', safeLine(part.error ?? '')].filter(Boolean).join(': ')
  if (part.status !== 'completed') return part.status === 'pending' ? 'never ran' : 'did not end'
  const output = part.output?.trimEnd() ?? ''
  return [output === '' ? '' : count(output.split('\n').length, 'line'), took].filter(Boolean).join(', ')
}
