import { escapeHTML } from '../../render/pages/html/escape.ts'
import { safeLine } from '../../render/safe-text.ts'
import { count, titleOf } from '../../render/words.ts'
import type { Session } from '../../stores/catalog/catalog.ts'
import { links } from './links.ts'
import { shellPage } from './shell.ts'

const formats = [
  ['md', 'Markdown', 'a page to read, for editors and repositories'],
  ['html', 'HTML page', 'one file to read in a browser, with colours and pictures'],
  ['txt', 'Text', 'plain text, for pipes and people'],
  ['opencode', 'OpenCode 1.x', 'what opencode import takes'],
  ['opencode2', 'OpenCode 2.x', 'what 2.x imports'],
  ['jsonl', 'JSON lines', 'for programs: a message a line'],
] as const

interface Plan {
  readonly session: Session
  readonly messages: number
  readonly token: string
}

/** Says what would be exported, and asks for the format. */
export function exportPage({ session, messages, token }: Plan): string {
  const { id, subagents } = session
  const choices = formats.map(
    ([value, name, what], at) =>
      `<label class="format"><input type="radio" name="format" value="${value}"${at === 0 ? ' checked' : ''}><span><b>${name}</b> ${what}</span></label>`,
  )
  const tree =
    subagents === 0
      ? ''
      : `<label class="format"><input type="checkbox" name="tree" value="yes"><span>${count(subagents, 'subagent')} too, on a page to read</span></label>\n`
  const main = `<article class="plan">
<header><h1>Export</h1>
<p class="brief"><a href="${links.session(id)}" dir="auto">${escapeHTML(titleOf(session))}</a> <span>${count(messages, 'message')}</span></p></header>
<form method="post" action="${links.session(id)}/export">
<input type="hidden" name="token" value="${escapeHTML(token)}">
<fieldset><legend>As</legend>
${choices.join('\n')}
${tree}</fieldset>
<p class="note">The file is what was said and done, keys and passwords included; ${'<code>ocvault scan</code>'} finds those. Nothing here is changed.</p>
<p><button class="act">Download</button></p>
</form>
</article>
`
  return shellPage({ title: `Export ${safeLine(titleOf(session))} · ocvault`, side: '', main, reading: true })
}
