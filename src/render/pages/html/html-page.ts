import { createHash } from 'node:crypto'
import type { Message } from '../../../conversation/message.ts'
import { truncate } from '../../layout.ts'
import { safeLine } from '../../safe-text.ts'
import { titleOf } from '../../words.ts'
import type { Page } from '../page.ts'
import { anchor, escapeHTML } from './escape.ts'
import { inFile, renderMessage } from './message.ts'
import { sessionHeader } from './session-header.ts'
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
  yield `<article class="session${child ? ' subagent' : ''}" id="${id}">\n${sessionHeader(header, child, inFile)}`
  let previous: Message | undefined
  let number = 0
  for (const message of messages) {
    yield* renderMessage(message, { previous, late: ++number > early, links: inFile })
    previous = message
    if (message.kind === 'prompt' && !child) stops.push({ href: anchor(message.id), text: opening(message), session: false })
  }
  if (previous === undefined) yield '<p class="note">No messages.</p>\n'
  yield '</article>\n'
  for (const subagent of subagents) yield* session(subagent, true, stops)
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
