import { isObject, textOf } from '../../base/json.ts'
import type { ToolPart } from '../../conversation/message.ts'
import { safeLine } from '../safe-text.ts'
import { count, duration } from '../words.ts'

/** The argument that says most, by OpenCode's own names: 1.x `filePath` became `path` in 2.x. */
const telling = ['command', 'pattern', 'filePath', 'path', 'query', 'url', 'description', 'skill', 'name']

/** More of a text than this is not looked at: no line is so long. */
const longestLine = 1000

const line = (text: string) => safeLine(text.slice(0, longestLine)).slice(0, longestLine)

/** What a tool was asked to do, in one line, which may still be too long for its place. */
export function toolInput(part: ToolPart): string {
  const { input } = part
  if (!isObject(input)) return line(typeof input === 'string' ? input : (part.title ?? ''))
  if (Array.isArray(input.todos)) return count(input.todos.length, 'todo')
  if (part.sessionID !== null && part.title !== null) return line(part.title)
  const key = telling.find((name) => typeof input[name] === 'string')
  const where = key === 'pattern' ? textOf(input.path) : null
  if (key !== undefined) return line(`${String(input[key]).slice(0, longestLine)}${where === null ? '' : ` in ${where}`}`)
  const keys = Object.keys(input)
  return line(keys.length === 0 ? (part.title ?? '') : keys.map((name) => `${name}: ${shortValue(input[name])}`).join(', '))
}

function shortValue(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value
  return isObject(value) || Array.isArray(value) ? '…' : String(value)
}

/** Whether what a tool call was to do went wrong: a command that ended with another code than 0 is a call that was completed. */
export const hasFailed = ({ status, exit }: ToolPart): boolean => status === 'error' || (exit !== null && exit !== 0)

/** How a tool call ended, in a few words. */
export function toolOutcome(part: ToolPart): string {
  const { start, end } = part.time
  const took = start !== null && end !== null && end - start >= 100 ? duration(end - start) : ''
  if (part.status === 'error') return ['failed', safeLine(part.error ?? '')].filter(Boolean).join(': ')
  if (part.status !== 'completed') return part.status === 'pending' ? 'never ran' : 'did not end'
  const output = part.output?.trimEnd() ?? ''
  const exit = part.exit === null || part.exit === 0 ? '' : `exit ${part.exit}`
  return [exit, output === '' ? '' : count(output.split('\n').length, 'line'), took].filter(Boolean).join(', ')
}
