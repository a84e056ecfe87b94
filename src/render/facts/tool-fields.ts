import { isObject, listOf, textOf } from '../../base/json.ts'
import type { ToolPart } from '../../conversation/message.ts'
import { truncate } from '../layout.ts'
import { safeJSON, safeLine, safeText } from '../safe-text.ts'
import { toolInput } from './tool-line.ts'

/** One argument of a tool call, or one thing it gave back, ready to be shown. */
export interface ToolField {
  readonly name: string
  readonly text: string
  /** Shown on a line of its own rather than beside its name. */
  readonly block: boolean
  /** What the text is written in, as a fence or a highlighter names it; empty for plain text. */
  readonly language: string
}

/** Arguments that hold the content of the file that another argument names. */
const contents = new Set(['content', 'oldString', 'newString', 'old_string', 'new_string', 'patch', 'code'])

/** Longer than this is not read beside its name. */
const shortest = 100

/** What a tool was asked to do, in a line of at most 120 cells. */
export function toolSummary(part: ToolPart): string {
  return truncate(toolInput(part), 120)
}

/**
 * What a tool was given, one field for each argument: text stays text, anything else is JSON. What the summary says is not said
 * again.
 */
export function shownFields(part: ToolPart): ToolField[] {
  const summary = toolSummary(part)
  return toolFields(part).filter(({ text, block }) => block || text !== summary)
}

function toolFields({ input }: ToolPart): ToolField[] {
  if (input === null || input === undefined) return []
  if (!isObject(input)) return [valueField('input', input, '')]
  const path = textOf(input.filePath) ?? textOf(input.path) ?? textOf(input.file_path) ?? ''
  return Object.entries(input).map(([name, value]) => valueField(name, value, languageOf(name, path)))
}

/** The change that an editing tool noted beside its output, as a unified diff (`metadata.diff` of 0.x to 1.19). */
export function toolDiff({ raw }: ToolPart): string | null {
  const state = isObject(raw.state) ? raw.state : raw
  const diff = isObject(state.metadata) ? textOf(state.metadata.diff) : null
  return diff === null || diff.trim() === '' ? null : safeText(diff).trimEnd()
}

function valueField(name: string, value: unknown, language: string): ToolField {
  const label = safeLine(name) || '(no name)'
  const list = name === 'todos' ? todoList(value) : null
  if (list !== null) return { name: label, text: list, block: true, language: '' }
  if (typeof value === 'string') {
    const text = safeText(value).replace(/\n$/, '')
    return { name: label, text, block: text.includes('\n') || text.length > shortest, language }
  }
  const compact = safeJSON(value)
  if (compact.length <= shortest) return { name: label, text: compact, block: false, language: 'json' }
  return { name: label, text: safeJSON(value, 2), block: true, language: 'json' }
}

const boxes = new Map([
  ['completed', '[x]'],
  ['in_progress', '[>]'],
  ['cancelled', '[-]'],
])

/** The list of a `todowrite` call, a line each; null for anything else. */
function todoList(value: unknown): string | null {
  const lines = listOf(value).map((item) => {
    if (!isObject(item) || typeof item.content !== 'string') return null
    const box = boxes.get(textOf(item.status) ?? '') ?? '[ ]'
    return [box, safeLine(item.content), typeof item.priority === 'string' ? `(${safeLine(item.priority)})` : '']
      .filter(Boolean)
      .join(' ')
  })
  return lines.length === 0 || lines.includes(null) ? null : lines.join('\n')
}

function languageOf(name: string, path: string): string {
  if (name === 'command') return 'bash'
  if (name === 'patchText') return 'diff'
  return contents.has(name) ? (/\.([A-Za-z0-9]{1,12})$/.exec(path)?.[1]?.toLowerCase() ?? '') : ''
}

/** What a command or a tool printed looks like, where that can be told at a glance. */
export function outputLanguage(output: string): string {
  return /^(diff --git |--- a\/|Index: )/.test(output) ? 'diff' : ''
}
