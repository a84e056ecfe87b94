import type { FilePart, Message, Part, ToolPart } from '../../../conversation/message.ts'
import { fileWords } from '../../facts/files.ts'
import { failureOf, labelsOf, modelOf, speakerOf, tookOf } from '../../facts/message.ts'
import { sessionFacts } from '../../facts/session.ts'
import { itemsOf, messageUsage, type Step, stepWords } from '../../facts/steps.ts'
import { shownFields, toolDiff, toolSummary } from '../../facts/tool-fields.ts'
import { toolOutcome } from '../../facts/tool-line.ts'
import { safeJSON, safeLine, safeText } from '../../safe-text.ts'
import { isoTime, titleOf } from '../../words.ts'
import type { Page } from '../page.ts'

/**
 * A session as plain text, for pipes and for people: nothing is wrapped, cut or folded, and no control character is left. Yields
 * pieces whose length is bounded by the largest part; UTF-8 of them is the file.
 */
export function* textPage(page: Page): Iterable<string> {
  yield* session(page, '')
}

function* session({ session: header, messages, subagents }: Page, prefix: string): Iterable<string> {
  const title = `${prefix}${titleOf(header)}`.toWellFormed()
  const facts = sessionFacts(header)
  const width = Math.max(...facts.map(([name]) => name.length))
  yield `${title}\n${'='.repeat(ruleLength(title))}\n\n`
  yield `${facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`.toWellFormed()
  for (const message of messages) yield* renderMessage(message)
  for (const child of subagents) {
    yield '\n\n'
    yield* session(child, 'Subagent: ')
  }
}

const ruleLength = (text: string) => Math.min(100, Math.max(3, text.length))

function* renderMessage(message: Message): Iterable<string> {
  const heading = [
    [speakerOf(message), ...labelsOf(message, [speakerOf(message)]).map((label) => `[${label}]`)].join(' '),
    modelOf(message),
    isoTime(message.time.created) ?? '',
    tookOf(message),
    safeLine(message.id),
  ]
    .filter(Boolean)
    .join(' · ')
  yield `\n\n${heading}\n${'-'.repeat(ruleLength(heading))}\n`.toWellFormed()
  for (const item of itemsOf(message)) yield paragraph(renderItem(item))
  const failure = safeText(failureOf(message))
  if (failure !== '') yield paragraph(`failed: ${failure}`)
  const usage = messageUsage(message)
  if (usage !== '') yield paragraph(`used: ${usage}`)
}

const paragraph = (text: string) => (text === '' ? '' : `\n${text}\n`.toWellFormed())

function renderItem(item: Exclude<Part, { type: 'step' }> | Step): string {
  switch (item.type) {
    case 'text': {
      const text = trimmed(item.text)
      if (text === '') return ''
      if (item.ignored) return `Not sent to the model:\n${indented(text)}`
      return item.synthetic ? `Put in by OpenCode:\n${indented(text)}` : text
    }
    case 'reasoning': {
      const text = trimmed(item.text)
      return text === '' ? '' : `Reasoning:\n${indented(text)}`
    }
    case 'tool':
      return renderTool(item)
    case 'shell': {
      const exit = item.exit === null || item.exit === 0 ? '' : ` (exit ${item.exit})`
      const output = trimmed(item.output ?? '')
      return `$ ${trimmed(item.command)}${exit}${output === '' ? '' : `\n${indented(output)}`}`
    }
    case 'file':
      return `Attached: ${fileLine(item)}`
    case 'subtask': {
      const prompt = trimmed(item.prompt ?? '')
      const head = `Subtask for ${safeLine(item.agent ?? 'a subagent')}: ${safeLine(item.description ?? '')}`.trimEnd()
      return prompt === '' ? head : `${head}\n${indented(prompt)}`
    }
    case 'patch':
      return [`Files changed${item.hash === null ? '' : ` (${safeLine(item.hash)})`}:`, ...item.files.map(safeLine)].join('\n  ')
    case 'retry':
      return `Retry ${item.attempt ?? ''}: ${safeText(item.error ?? '')}`.trimEnd()
    case 'compaction': {
      const summary = trimmed(item.summary ?? '')
      const line = `The conversation up to here was summarised${item.auto ? ' automatically' : ''}.`
      return summary === '' ? line : `${line}\n\n${summary}`
    }
    case 'notice':
      return safeText(item.notice)
    case 'round':
      return `(${stepWords(item)})`
    case 'unknown':
      return `A part of unknown type:\n${indented(safeJSON(item.raw, 2))}`
  }
}

function renderTool(part: ToolPart): string {
  const outcome = toolOutcome({ ...part, error: null })
  const head = `Tool ${safeLine(part.tool)}: ${toolSummary(part)}`.trimEnd()
  const section = (name: string, text: string, block: boolean) =>
    text === '' ? '' : block || text.includes('\n') ? `  ${name}:\n${indented(text, '    ')}` : `  ${name}: ${text}`
  return [
    outcome === '' ? head : `${head} (${outcome})`,
    ...shownFields(part).map(({ name, text, block }) => section(name, text, block)),
    section('output', trimmed(part.output ?? ''), true),
    section('error', trimmed(part.error ?? ''), false),
    section('changes', toolDiff(part) ?? '', true),
    part.compacted ? '  (the output is no longer sent to the model)' : '',
    part.sessionID === null ? '' : `  subagent: ${safeLine(part.sessionID)}`,
    ...part.attachments.map((file) => `  attached: ${fileLine(file)}`),
  ]
    .filter(Boolean)
    .join('\n')
}

function fileLine(file: FilePart): string {
  const { name, facts } = fileWords(file)
  return facts === '' ? name : `${name} (${facts})`
}

/** Without the empty lines around it; the spaces before the first word stay. */
const trimmed = (text: string) =>
  safeText(text)
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd()

const indented = (text: string, indent = '  ') => (text === '' ? '' : indent + text.replace(/\n(?=[^\n])/g, `\n${indent}`))
