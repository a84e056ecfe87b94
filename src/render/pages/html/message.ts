import type { FilePart, Message, Part, ToolPart } from '../../../conversation/message.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import { fileWords } from '../../facts/files.ts'
import { continues, failureOf, labelsOf, modelOf, speakerOf, tookOf } from '../../facts/message.ts'
import { itemsOf, messageUsage, type Step, stepWords } from '../../facts/steps.ts'
import { outputLanguage, shownFields, toolDiff, toolSummary } from '../../facts/tool-fields.ts'
import { hasFailed, toolOutcome } from '../../facts/tool-line.ts'
import { truncate } from '../../layout.ts'
import { safeJSON, safeLine } from '../../safe-text.ts'
import { count } from '../../words.ts'
import { codeBlock } from './code.ts'
import { anchor, escapeHTML } from './escape.ts'
import { pictureSource } from './picture.ts'
import { richText, typedText } from './rich-text.ts'
import { timeElement } from './time.ts'

/** Where the links of a page lead. */
export interface Links {
  /** To the session of a subagent: an address that is fit to stand in a quoted attribute. */
  session(id: SessionID): string
}

/** Links inside one file. */
export const inFile: Links = { session: (id) => `#${anchor(id)}` }

interface MessageOptions {
  /** The message before, which this one may go on with. */
  readonly previous: Message | undefined
  /** Laid out when it comes into view. */
  readonly late: boolean
  readonly links: Links
}

/** A message as a section of a page, in pieces whose length is bounded by the largest part. */
export function* renderMessage(message: Message, { previous, late, links }: MessageOptions): Iterable<string> {
  const same = previous !== undefined && continues(message, previous)
  const marks = { reverted: message.reverted, same, late }
  const classes = ['message', message.kind, ...Object.entries(marks).flatMap(([name, holds]) => (holds ? name : []))]
  const id = anchor(message.id)
  const facts = [modelOf(message), tookOf(message)].filter(Boolean)
  const heading = [
    `<span class="who">${escapeHTML(speakerOf(message))}</span>`,
    ...labelsOf(message, [speakerOf(message)]).map((label) => `<span class="label">${label}</span>`),
    ...facts.map((fact) => `<span>${escapeHTML(fact)}</span>`),
    `<a class="when" href="#${id}">${timeElement(message.time.created) || 'link'}</a>`,
  ]
  yield `<section class="${classes.join(' ')}" id="${id}">\n<h2>${heading.join(' ')}</h2>\n`
  for (const item of itemsOf(message)) yield renderItem(item, message, links)
  const failure = failureOf(message)
  if (failure !== '')
    yield `<div class="failure"><strong>Failed</strong> <span class="as-is">${escapeHTML(failure)}</span></div>\n`
  const usage = messageUsage(message)
  if (usage !== '') yield `<p class="step">used: ${escapeHTML(usage)}</p>\n`
  yield '</section>\n'
}

function renderItem(item: Exclude<Part, { type: 'step' }> | Step, message: Message, links: Links): string {
  switch (item.type) {
    case 'text': {
      if (item.text.trim() === '') return ''
      if (item.ignored) return fold('Not sent to the model', '', typedText(item.text))
      if (item.synthetic) return fold('Put in by OpenCode', firstLine(item.text), codeBlock(item.text, ''))
      return message.role === 'assistant' ? richText(item.text) : typedText(item.text)
    }
    case 'reasoning': {
      const text = item.text.trim()
      return text === '' ? '' : fold('Thought', count(text.split(/\s+/).length, 'word'), richText(text), 'reasoning')
    }
    case 'tool':
      return renderTool(item, links)
    case 'shell': {
      const exit = item.exit === null || item.exit === 0 ? '' : `<p class="failure">exit ${item.exit}</p>\n`
      const output = item.output?.trim() ? codeBlock(item.output.trimEnd(), '') : ''
      return `<div class="shell">\n${codeBlock(`$ ${item.command}`, 'shell')}${output}${exit}</div>\n`
    }
    case 'file':
      return renderFile(item)
    case 'subtask': {
      const words = [safeLine(item.agent ?? ''), safeLine(item.description ?? '')].filter(Boolean).join(': ')
      return fold('Subtask', words, typedText(item.prompt ?? ''))
    }
    case 'patch':
      return fold(
        `${count(item.files.length, 'file')} changed`,
        item.files.map(safeLine).join(', '),
        `<ul class="files">\n${item.files.map((file) => `<li><code>${escapeHTML(file)}</code></li>`).join('\n')}\n</ul>\n${note(item.hash === null ? '' : `snapshot ${item.hash}`)}`,
      )
    case 'retry':
      return `<div class="failure retry"><strong>Retry ${item.attempt ?? ''}</strong> <span class="as-is">${escapeHTML(item.error ?? '')}</span></div>\n`
    case 'compaction': {
      const words = `The conversation up to here was summarised${item.auto ? ' automatically' : ''}`
      return `<p class="divider"><span>${words}</span></p>\n${item.summary === null ? '' : richText(item.summary)}`
    }
    case 'notice':
      return note(item.notice)
    case 'round':
      return `<p class="step">${escapeHTML(stepWords(item))}</p>\n`
    case 'unknown':
      return fold('A part of unknown type', safeJSON(item.raw.type ?? null), codeBlock(safeJSON(item.raw, 2), 'json'))
  }
}

const note = (text: string) => (text === '' ? '' : `<p class="note">${escapeHTML(text)}</p>\n`)

const firstLine = (text: string) => truncate(safeLine(text.slice(0, 1000)), 100)

function fold(name: string, facts: string, body: string, kind = ''): string {
  const shown = facts === '' ? '' : ` <span class="what">${escapeHTML(truncate(facts.slice(0, 1000), 160))}</span>`
  return `<details class="${['fold', kind].filter(Boolean).join(' ')}">\n<summary><b>${escapeHTML(name)}</b>${shown}</summary>\n<div class="inside">\n${body}</div>\n</details>\n`
}

function renderTool(part: ToolPart, links: Links): string {
  const failed = hasFailed(part)
  const outcome = toolOutcome({ ...part, error: null })
  const diff = toolDiff(part)
  const fields = shownFields(part)
  const short = fields
    .filter((field) => !field.block)
    .map(({ name, text }) => `<div><dt>${escapeHTML(name)}</dt><dd><code>${escapeHTML(text)}</code></dd></div>`)
  const long = fields.filter((field) => field.block).map(({ name, text, language }) => labelled(name, codeBlock(text, language)))
  const given = `${short.length === 0 ? '' : `<dl>\n${short.join('\n')}\n</dl>\n`}${long.join('')}`
  const output = part.output?.trimEnd() ?? ''
  const body = [
    diff === null ? given : labelled('changes', codeBlock(diff, 'diff')),
    part.error === null
      ? ''
      : `<div class="failure"><strong>Error</strong> <span class="as-is">${escapeHTML(part.error)}</span></div>\n`,
    output === '' ? '' : labelled('output', codeBlock(output, outputLanguage(output))),
    diff === null || given === '' ? '' : fold('Input', '', given),
    part.sessionID === null
      ? ''
      : `<p class="note">Subagent <a class="child" href="${links.session(part.sessionID)}">${escapeHTML(part.sessionID)}</a></p>\n`,
    part.compacted ? note('The output is no longer sent to the model.') : '',
  ].join('')
  const summary = [
    `<b>${escapeHTML(safeLine(part.tool))}</b>`,
    `<code class="what">${escapeHTML(toolSummary(part))}</code>`,
    outcome === '' ? '' : `<span class="outcome">${escapeHTML(outcome)}</span>`,
  ]
  const attached = part.attachments.map(renderFile).join('')
  return `<details class="fold tool${failed ? ' failed' : ''}">\n<summary>${summary.filter(Boolean).join(' ')}</summary>\n<div class="inside">\n${body}</div>\n</details>\n${attached}`
}

function labelled(name: string, block: string): string {
  return `<p class="name">${escapeHTML(name)}</p>\n${block}`
}

function renderFile(file: FilePart): string {
  const { name, facts } = fileWords(file)
  const caption = `${escapeHTML(name)}${facts === '' ? '' : ` <span>${escapeHTML(facts)}</span>`}`
  const source = pictureSource(file.url)
  if (source === null) return `<p class="file">${caption}</p>\n`
  return `<figure>\n<img src="${source}" alt="${escapeHTML(name)}" loading="lazy" decoding="async">\n<figcaption>${caption}</figcaption>\n</figure>\n`
}
