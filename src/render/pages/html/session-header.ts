import { sessionFacts } from '../../facts/session.ts'
import { titleOf } from '../../words.ts'
import type { Page } from '../page.ts'
import { escapeHTML } from './escape.ts'
import type { Links } from './message.ts'
import { timeElement } from './time.ts'

/** Title and facts of a session, above its messages. */
export function sessionHeader(header: Page['session'], child: boolean, links: Links): string {
  const level = child ? 'h2' : 'h1'
  return `<header>
<p class="kind">${child ? 'Subagent' : 'OpenCode session'}</p>
<${level} dir="auto">${escapeHTML(titleOf(header))}</${level}>
${factList(header, links)}</header>
`
}

/** The facts of a session. */
export function factList(header: Page['session'], links: Links): string {
  const facts = sessionFacts(header).map(
    ([name, value]) => `<div><dt>${name}</dt><dd>${factValue(name, value, header, links)}</dd></div>`,
  )
  return `<dl>\n${facts.join('\n')}\n</dl>\n`
}

function factValue(name: string, value: string, { parentID, time }: Page['session'], links: Links): string {
  const when = { created: time.created, updated: time.updated, archived: time.archived }[name]
  if (when !== undefined) return timeElement(when)
  if (name === 'subagent of') return `<a href="${links.session(parentID ?? '')}">${escapeHTML(value)}</a>`
  return escapeHTML(value)
}
