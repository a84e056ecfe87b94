import type { FilePart, Message, Part, ToolPart } from '../../../conversation/message.ts'
import { fileWords } from '../../facts/files.ts'
import { failureOf, labelsOf, modelOf, speakerOf, tookOf } from '../../facts/message.ts'
import { itemsOf, messageUsage, type Step, stepWords } from '../../facts/steps.ts'
import { outputLanguage, shownFields, toolDiff, toolSummary } from '../../facts/tool-fields.ts'
import { toolOutcome } from '../../facts/tool-line.ts'
import { safeJSON, safeLine, safeText } from '../../safe-text.ts'
import { isoTime, titleOf } from '../../words.ts'
import type { Page } from '../page.ts'
import { containMarkdown } from './contain.ts'
import { codeSpan, fence, plainText } from './syntax.ts'

/**
 * A session as Markdown to read, to keep in a repository, and to compare: the same session gives the same bytes on any machine.
 * Level 1 is the session, 2 a message, 3 a tool call; headings that somebody wrote begin at 4. No raw HTML stands outside code.
 * Yields pieces whose length is bounded by the largest part; UTF-8 of them is the file.
 */
export function* markdownPage(page: Page): Iterable<string> {
  yield frontMatter(page.session)
  yield* session(page, '')
}

function* session({ session: header, messages, subagents }: Page, prefix: string): Iterable<string> {
  yield block(`# ${prefix}${plainText(titleOf(header))}`)
  if (prefix !== '') yield block(childFacts(header))
  for (const message of messages) yield* renderMessage(message)
  for (const child of subagents) yield* session(child, 'Subagent: ')
}

/** YAML: every text is a JSON string, which is one in YAML too, whatever it holds; absent values are null. */
function frontMatter(header: Page['session']): string {
  const { time, model, tokens } = header
  const text = (value: string | null) => (value === null ? 'null' : safeJSON(safeLine(value)))
  const lines = [
    `id: ${text(header.id)}`,
    `title: ${text(header.title)}`,
    `parent: ${text(header.parentID)}`,
    `directory: ${text(header.directory)}`,
    `project: ${text(header.projectID)}`,
    `agent: ${text(header.agent)}`,
    `model: ${text(model === null ? null : `${model.providerID}/${model.modelID}`)}`,
    `version: ${text(header.version)}`,
    `created: ${isoTime(time.created)}`,
    `updated: ${isoTime(time.updated)}`,
    `archived: ${isoTime(time.archived)}`,
    `share: ${text(header.share)}`,
    `cost: ${header.cost}`,
    ...(tokens === null
      ? ['tokens: null']
      : [
          'tokens:',
          `  input: ${tokens.input}`,
          `  output: ${tokens.output}`,
          `  reasoning: ${tokens.reasoning}`,
          `  cache_read: ${tokens.cache.read}`,
          `  cache_write: ${tokens.cache.write}`,
        ]),
    `subagents: ${header.subagents}`,
  ]
  return `---\n${lines.join('\n')}\n---\n`.toWellFormed()
}

function childFacts({ id, agent, model, time }: Page['session']): string {
  const name = model === null ? '' : `${model.providerID}/${model.modelID}`
  const facts = [codeSpan(safeLine(id)), plainText(safeLine(agent ?? '')), plainText(safeLine(name)), isoTime(time.created) ?? '']
  return facts.filter(Boolean).join(' · ')
}

function* renderMessage(message: Message): Iterable<string> {
  const heading = [
    [speakerOf(message), ...labelsOf(message, [speakerOf(message)]).map((label) => `(${label})`)].join(' '),
    modelOf(message),
    isoTime(message.time.created) ?? '',
    tookOf(message),
  ]
  yield block(`## ${heading.filter(Boolean).map(plainText).join(' · ')}`)
  for (const item of withoutGaps(itemsOf(message))) yield block(renderItem(item, message))
  const failure = safeText(failureOf(message)).trim()
  if (failure !== '') yield block(`**Failed:**\n\n${fence(failure, '')}`)
  const usage = messageUsage(message)
  if (usage !== '') yield block(`*Used: ${plainText(usage)}*`)
}

/** With the one empty line that stands between blocks. */
const block = (text: string) => (text === '' ? '' : `\n${text}\n`.toWellFormed())

type Item = Exclude<Part, { type: 'step' }> | Step

/** Text that follows text is one text: a list at the end of the first must not take in the beginning of the next unseen. */
function withoutGaps(items: readonly Item[]): Item[] {
  const joined: Item[] = []
  for (const item of items) {
    const previous = joined.at(-1)
    const same =
      item.type === 'text' &&
      previous?.type === 'text' &&
      item.synthetic === previous.synthetic &&
      item.ignored === previous.ignored
    if (same)
      joined[joined.length - 1] = {
        ...previous,
        text: [previous.text, item.text].filter((text) => text.trim() !== '').join('\n\n'),
      }
    else joined.push(item)
  }
  return joined
}

const quote = (text: string) => containMarkdown(text, '> ')

function renderItem(item: Item, message: Message): string {
  switch (item.type) {
    case 'text': {
      const text = safeText(item.text).trim()
      if (text === '') return ''
      if (item.ignored) return `*Not sent to the model:*\n\n${quote(text)}`
      if (item.synthetic) return `*Put in by OpenCode:*\n\n${fence(text, '')}`
      return message.role === 'assistant' ? containMarkdown(text) : quote(text)
    }
    case 'reasoning': {
      const text = safeText(item.text).trim()
      return text === '' ? '' : `*Reasoning:*\n\n${quote(text)}`
    }
    case 'tool':
      return renderTool(item)
    case 'shell': {
      const exit = item.exit === null || item.exit === 0 ? '' : ` (exit ${item.exit})`
      const output = safeText(item.output ?? '').trimEnd()
      const command = fence(safeText(item.command), 'bash')
      return [`### Shell${exit}`, command, ...(output === '' ? [] : ['Output:', fence(output, '')])].join('\n\n')
    }
    case 'file':
      return `*Attached:* ${fileLine(item)}`
    case 'subtask': {
      const prompt = safeText(item.prompt ?? '').trim()
      const head = `*Subtask for* ${plainText(safeLine(item.agent ?? 'a subagent'))}: ${plainText(safeLine(item.description ?? ''))}`
      return prompt === '' ? head.trimEnd() : `${head.trimEnd()}\n\n${quote(prompt)}`
    }
    case 'patch': {
      const head = `*Files changed${item.hash === null ? '' : ` (${plainText(safeLine(item.hash))})`}:*`
      return [head, item.files.map((file) => `- ${codeSpan(safeLine(file))}`).join('\n')].filter(Boolean).join('\n\n')
    }
    case 'retry':
      return `*Retry ${item.attempt ?? ''}:* ${plainText(safeLine(item.error ?? ''))}`.trimEnd()
    case 'compaction': {
      const summary = safeText(item.summary ?? '').trim()
      const line = `*The conversation up to here was summarised${item.auto ? ' automatically' : ''}.*`
      return summary === '' ? line : `${line}\n\n${containMarkdown(summary)}`
    }
    case 'notice':
      return `*${plainText(safeLine(item.notice))}*`
    case 'round':
      return `*${plainText(stepWords(item))}*`
    case 'unknown':
      return `*A part of unknown type:*\n\n${fence(safeJSON(item.raw, 2), 'json')}`
  }
}

function renderTool(part: ToolPart): string {
  const summary = codeSpan(toolSummary(part))
  const outcome = plainText(toolOutcome({ ...part, error: null }))
  const fields = shownFields(part)
  const short = fields
    .filter((field) => !field.block)
    .map(({ name, text }) => `- ${plainText(name)}: ${codeSpan(safeLine(text)) || '(empty)'}`)
  if (part.sessionID !== null) short.push(`- subagent: ${codeSpan(safeLine(part.sessionID))}`)
  if (part.compacted) short.push('- the output is no longer sent to the model')
  const output = safeText(part.output ?? '').trimEnd()
  const error = safeText(part.error ?? '').trim()
  const diff = toolDiff(part)
  const attached = part.attachments.map((file) => `- attached: ${fileLine(file)}`)
  return [
    `### ${[plainText(safeLine(part.tool)), summary, outcome].filter(Boolean).join(' · ')}`,
    short.join('\n'),
    ...fields.filter((field) => field.block).map(({ name, text, language }) => `${plainText(name)}:\n\n${fence(text, language)}`),
    output === '' ? '' : `Output:\n\n${fence(output, outputLanguage(output))}`,
    error === '' ? '' : `Error:\n\n${fence(error, '')}`,
    diff === null ? '' : `Changes:\n\n${fence(diff, 'diff')}`,
    attached.join('\n'),
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

function fileLine(file: FilePart): string {
  const { name, facts } = fileWords(file)
  return facts === '' ? codeSpan(name) : `${codeSpan(name)} (${plainText(facts)})`
}
