import { createHash } from 'node:crypto'
import type { FilePart, Message, Part, ToolPart } from '../../../conversation/message.ts'
import { fileWords } from '../../facts/files.ts'
import { continues, failureOf, labelsOf, modelOf, speakerOf, tookOf } from '../../facts/message.ts'
import { sessionFacts } from '../../facts/session.ts'
import { itemsOf, messageUsage, type Step, stepWords } from '../../facts/steps.ts'
import { outputLanguage, shownFields, toolDiff, toolSummary } from '../../facts/tool-fields.ts'
import { hasFailed, toolOutcome } from '../../facts/tool-line.ts'
import { truncate } from '../../layout.ts'
import { safeJSON, safeLine } from '../../safe-text.ts'
import { count, isoTime, titleOf } from '../../words.ts'
import type { Page } from '../page.ts'
import { codeBlock } from './code.ts'
import { anchor, escapeHTML } from './escape.ts'
import { pictureSource } from './picture.ts'
import { richText, typedText } from './rich-text.ts'
import { stylesheet } from './stylesheet.ts'

/**
 * Nothing is loaded, nothing runs: only this style sheet and pictures inside the page. A mistake in what follows would still do
 * no harm.
 */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(stylesheet).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** From here on a browser lays a message out when it comes into view: a page of thousands opens at once. */
const early = 200

/** What the table of prompts is made of: gathered on the way, so that the page can be written while it is read. */
interface Stop {
  readonly href: string
  readonly text: string
  readonly session: boolean
}

/**
 * A session as one HTML file that needs neither network nor scripts. Yields pieces whose length is bounded by the largest part;
 * beyond them only a line for each prompt is kept. UTF-8 of the pieces is the file.
 */
export function* htmlPage(page: Page): Iterable<string> {
  const stops: Stop[] = []
  yield head(page.session)
  yield '<main>\n'
  yield* session(page, false, stops)
  yield '</main>\n'
  yield contents(stops)
  yield '<footer>Times are in UTC. Written by ocvault.</footer>\n</body>\n</html>\n'
}

function head(header: Page['session']): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="ocvault">
<title>${escapeHTML(titleOf(header))}</title>
<style>${stylesheet}</style>
</head>
<body>
<a class="skip" href="#prompts">Table of prompts</a>
`
}

function* session({ session: header, messages, subagents }: Page, child: boolean, stops: Stop[]): Iterable<string> {
  const id = anchor(header.id)
  const title = titleOf(header)
  if (child) stops.push({ href: id, text: title, session: true })
  yield `<article class="session${child ? ' subagent' : ''}" id="${id}">\n${sessionHeader(header, title, child)}`
  let previous: Message | undefined
  let number = 0
  for (const message of messages) {
    yield* renderMessage(message, previous, ++number > early)
    previous = message
    if (message.kind === 'prompt' && !child) stops.push({ href: anchor(message.id), text: opening(message), session: false })
  }
  if (previous === undefined) yield '<p class="note">No messages.</p>\n'
  yield '</article>\n'
  for (const subagent of subagents) yield* session(subagent, true, stops)
}

function sessionHeader(header: Page['session'], title: string, child: boolean): string {
  const facts = sessionFacts(header).map(
    ([name, value]) => `<div><dt>${name}</dt><dd>${factValue(name, value, header)}</dd></div>`,
  )
  const level = child ? 'h2' : 'h1'
  return `<header>
<p class="kind">${child ? 'Subagent' : 'OpenCode session'}</p>
<${level} dir="auto">${escapeHTML(title)}</${level}>
<dl>
${facts.join('\n')}
</dl>
</header>
`
}

function factValue(name: string, value: string, { parentID, time }: Page['session']): string {
  const when = { created: time.created, updated: time.updated, archived: time.archived }[name]
  if (when !== undefined) return timeElement(when)
  if (name === 'subagent of') return `<a href="#${anchor(parentID ?? '')}">${escapeHTML(value)}</a>`
  return escapeHTML(value)
}

function timeElement(ms: number | null): string {
  const iso = isoTime(ms)
  return iso === null ? '' : `<time datetime="${iso}">${iso.replace('T', ' ').replace(/:\d\dZ$/, '')}</time>`
}

/** The first words of a prompt. */
function opening(message: Message): string {
  const typed = message.parts.find((part) => part.type === 'text' && !part.synthetic && part.text.trim() !== '')
  const words = typed?.type === 'text' ? safeLine(typed.text.slice(0, 1000)) : ''
  return words === '' ? '(no text)' : truncate(words, 90)
}

function contents(stops: readonly Stop[]): string {
  const items = stops.map(
    ({ href, text, session }) =>
      `<li${session ? ' class="session"' : ''}><a href="#${href}" dir="auto">${escapeHTML(text)}</a></li>`,
  )
  return `<nav id="prompts" aria-label="Prompts">\n<h2>Prompts</h2>\n<ol>\n${items.join('\n')}\n</ol>\n</nav>\n`
}

function* renderMessage(message: Message, previous: Message | undefined, late: boolean): Iterable<string> {
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
  for (const item of itemsOf(message)) yield renderItem(item, message)
  const failure = failureOf(message)
  if (failure !== '')
    yield `<div class="failure"><strong>Failed</strong> <span class="as-is">${escapeHTML(failure)}</span></div>\n`
  const usage = messageUsage(message)
  if (usage !== '') yield `<p class="step">used: ${escapeHTML(usage)}</p>\n`
  yield '</section>\n'
}

function renderItem(item: Exclude<Part, { type: 'step' }> | Step, message: Message): string {
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
      return renderTool(item)
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

function renderTool(part: ToolPart): string {
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
      : `<p class="note">Subagent <a href="#${anchor(part.sessionID)}">${escapeHTML(part.sessionID)}</a></p>\n`,
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
