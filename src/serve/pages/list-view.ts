import { escapeHTML } from '../../render/pages/html/escape.ts'
import { timeElement } from '../../render/pages/html/time.ts'
import { count, titleOf } from '../../render/words.ts'
import type { Session } from '../../stores/catalog/catalog.ts'
import { links } from './links.ts'

/** Where a list goes on. */
interface ListPlace {
  readonly offset: number
  readonly more: boolean
  readonly size: number
}

/** The newest sessions as links: what a browser shows at once, and what one without scripts has. */
export function listView(sessions: readonly Session[], { offset, more, size }: ListPlace): string {
  const items = sessions.map((session) => {
    const { id, directory, subagents } = session
    const facts = [
      timeElement(session.time.updated),
      ...(directory === null ? [] : [`<span>${escapeHTML(directory.split(/[/\\]/).filter(Boolean).at(-1) ?? directory)}</span>`]),
      ...(subagents > 0 ? [`<span>${count(subagents, 'subagent')}</span>`] : []),
    ]
    return `<li><a href="${links.session(id)}"><b dir="auto">${escapeHTML(titleOf(session))}</b><small>${facts.join(' ')}</small></a></li>`
  })
  const link = (to: number, words: string) => `<a class="more" href="/?offset=${to}">${words}</a>\n`
  return `<nav class="plain" aria-label="Sessions">
<h2>Sessions</h2>
${offset > 0 ? link(Math.max(0, offset - size), 'newer') : ''}<ol>
${items.join('\n')}
</ol>
${more ? link(offset + size, 'older') : ''}${items.length === 0 ? '<p class="note">No session here yet.</p>\n' : ''}</nav>
`
}
