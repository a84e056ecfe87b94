import type { FilePart, Message, Part, ToolPart } from '../../conversation/message.ts'
import { continues, failureOf, labelsOf, modelOf, sideOf, speakerOf, tookOf } from '../facts/message.ts'
import { hasFailed, toolInput, toolOutcome } from '../facts/tool-line.ts'
import { truncate, wrap } from '../layout.ts'
import { safeJSON, safeLine, safeText } from '../safe-text.ts'
import { clock, count, dateTime } from '../words.ts'
import { renderMarkdown } from './markdown.ts'
import type { Style } from './style.ts'

export interface TranscriptLayout {
  readonly style: Style
  /** Cells of the terminal; Infinity when nobody looks, and nothing is wrapped or cut. */
  readonly width: number
  /** Show what went into tools and came out of them. */
  readonly tools: boolean
  /** Show what the model thought. */
  readonly reasoning: boolean
  /** Fold and cut nothing. */
  readonly full: boolean
  /** What is said where lines are cut: how to see them. */
  readonly more: string
}

/** How many lines of a tool's output are shown where not everything is. */
const outputLines = 20

/**
 * A message for a person to read in a terminal, with an empty line before it. A message that goes on where the one before left
 * off (the model answers in steps, one message each) has no heading of its own. In pieces, because all of them may be more than a
 * text can hold.
 */
export function* renderMessage(
  message: Message,
  previous: Message | undefined,
  layout: TranscriptLayout,
  indent = '',
): Iterable<string> {
  const goesOn = previous !== undefined && !layout.full && continues(message, previous)
  if (!goesOn) yield `\n${wrap(heading(message, layout), layout.width, indent)}\n`
  let before: 'nothing' | 'a line' | 'lines' = 'nothing'
  for (const text of blocksOf(message, { ...layout, indent: `${indent}  ` })) {
    if (text === '') continue
    const size = text.includes('\n') ? 'lines' : 'a line'
    // Blocks of several lines get air around them; one-line parts follow each other.
    if (before === 'nothing') yield goesOn ? '\n' : ''
    else yield size === 'lines' || before === 'lines' ? '\n\n' : '\n'
    yield text
    before = size
  }
  if (before !== 'nothing') yield '\n'
}

function* blocksOf(message: Message, layout: PartLayout): Iterable<string> {
  for (const part of message.parts) yield renderPart(part, message, layout)
  const failure = safeText(failureOf(message))
  if (failure !== '') yield wrap(layout.style.bad(`failed: ${failure}`), layout.width, layout.indent)
}

function heading(message: Message, { style, full }: TranscriptLayout): string {
  const { created } = message.time
  const when = created === null ? '' : message.kind === 'prompt' ? dateTime(created) : clock(created)
  const facts = [modelOf(message), when, tookOf(message), full ? safeLine(message.id) : ''].filter(Boolean).join(' · ')
  // A notice says itself what it is.
  const labels = labelsOf(message, ['notice'])
  return [speaker(message, style), style.dim(facts), ...labels.map((text) => style.warn(`[${text}]`))].filter(Boolean).join('  ')
}

function speaker(message: Message, style: Style): string {
  const styles = { person: style.accent, agent: (name: string) => style.good(style.bold(name)), opencode: style.dim }
  return styles[sideOf(message)](speakerOf(message))
}

interface PartLayout extends TranscriptLayout {
  readonly indent: string
}

function renderPart(part: Part, message: Message, layout: PartLayout): string {
  const { style, width, indent } = layout
  const note = (text: string) => wrap(style.dim(text), width, indent)
  switch (part.type) {
    case 'text': {
      const text = safeText(part.text).trim()
      if (text === '') return ''
      if (part.synthetic && message.role !== 'system') return synthetic(text, layout)
      if (part.ignored) return note(`not sent to the model: ${text}`)
      return message.role === 'assistant' ? renderMarkdown(text, width, indent, style) : wrap(text, width, indent)
    }
    case 'reasoning':
      return reasoning(safeText(part.text).trim(), layout)
    case 'tool':
      return tool(part, layout)
    case 'shell': {
      const output = safeText(part.output ?? '').trimEnd()
      const exit = part.exit === null || part.exit === 0 ? '' : style.bad(`  exit ${part.exit}`)
      const command = `${indent}${style.code(`$ ${safeLine(part.command)}`)}${exit}`
      return output === '' ? command : `${command}\n${block(output, layout)}`
    }
    case 'file':
      return file(part, layout)
    case 'subtask':
      return note(`→ subtask for @${safeLine(part.agent ?? '?')}: ${safeLine(part.description ?? part.prompt ?? '')}`)
    case 'patch':
      return part.files.length === 0
        ? ''
        : note(`± ${count(part.files.length, 'file')} changed: ${part.files.map(safeLine).join(', ')}`)
    case 'retry':
      return note(`↻ retry ${part.attempt ?? ''}: ${safeLine(part.error ?? '')}`)
    case 'compaction': {
      const line = note(`── the conversation up to here was summarised${part.auto ? ' automatically' : ''} ──`)
      const summary = safeText(part.summary ?? '').trim()
      return summary === '' ? line : `${line}\n\n${renderMarkdown(summary, width, indent, style)}`
    }
    case 'notice':
      return note(safeLine(part.notice))
    case 'step':
      return ''
    case 'unknown':
      return layout.full ? note(safeJSON(part.raw)) : note(`? a part of unknown type ${safeJSON(part.raw.type ?? null)}`)
  }
}

function synthetic(text: string, { style, width, indent, full }: PartLayout): string {
  if (full) return wrap(style.dim(text), width, indent)
  return indent + style.dim(truncate(`‹${safeLine(text)}›`, Math.min(width, 120) - indent.length))
}

function reasoning(text: string, { style, width, indent, full, reasoning: shown }: PartLayout): string {
  if (text === '') return ''
  if (shown || full) return wrap(style.dim(style.italic(text)), width, indent)
  return indent + style.dim(`· thought, ${count(text.split(/\s+/).length, 'word')}`)
}

function file(part: FilePart, { style, indent }: PartLayout): string {
  const url = part.url ?? ''
  const name = part.filename ?? (url.startsWith('data:') ? 'file' : url)
  return indent + style.dim(`+ ${safeLine(name)}${part.mime === null ? '' : ` (${safeLine(part.mime)})`}`)
}

function tool(part: ToolPart, layout: PartLayout): string {
  const { style, width, indent } = layout
  const failed = hasFailed(part)
  const outcome = toolOutcome(part)
  const room = Math.max(24, Math.min(width, 200) - indent.length - part.tool.length - 4 - Math.min(outcome.length + 3, 60))
  const end = outcome === '' ? '' : `  ${(failed ? style.bad : style.dim)(layout.full ? outcome : truncate(outcome, 60))}`
  const line = `${indent}${style.dim('›')} ${style.bold(safeLine(part.tool))}  ${truncate(toolInput(part), room)}${end}`
  const attached = part.attachments.map((attachment) => file(attachment, layout))
  if (!layout.tools && !layout.full) return [line, ...attached].join('\n')
  const input = part.input === null ? '' : block(safeText(inputText(part.input)), layout)
  const output = part.output === null ? '' : block(safeText(part.output).trimEnd(), layout)
  return [line, input, output, ...attached].filter((text) => text !== '').join('\n')
}

function inputText(input: unknown): string {
  return typeof input === 'string' ? input : safeJSON(input, 2)
}

/** Output as it was printed: a bar before each line, cut unless all is wanted. */
function block(text: string, { style, width, indent, full, more: advice }: PartLayout): string {
  const lines = text.split('\n')
  const shown = full || lines.length <= outputLines + 1 ? lines : lines.slice(0, outputLines)
  const bar = `${indent}  ${style.dim('│')} `
  const rest = lines.length - shown.length
  const more = rest > 0 ? [`${bar}${style.dim(`… ${count(rest, 'more line')}; ${advice}`)}`] : []
  return [...shown.map((line) => (line === '' ? bar.trimEnd() : wrap(style.dim(line), width, bar))), ...more].join('\n')
}
