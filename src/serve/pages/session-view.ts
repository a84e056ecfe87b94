import { OcvaultError } from '../../base/errors.ts'
import type { Outline } from '../../conversation/outline.ts'
import { usageWords } from '../../render/facts/steps.ts'
import { sessionJSON } from '../../render/json/session-json.ts'
import { anchor, escapeHTML } from '../../render/pages/html/escape.ts'
import { factList } from '../../render/pages/html/session-header.ts'
import { timeElement } from '../../render/pages/html/time.ts'
import { count, shortPath, titleOf } from '../../render/words.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { links, sessionPath } from './links.ts'
import { firstPiece, pieceBefore, pieceFrom, type RenderedPiece } from './piece.ts'

/** Which piece of a conversation is wanted: from the beginning, or by a message. */
export interface Wanted {
  /** This message, a little of what stands before it, and what follows. */
  readonly at?: string | undefined
  /** This message, and what follows. */
  readonly from?: string | undefined
  readonly after?: string | undefined
  readonly before?: string | undefined
  /** The end of the conversation. */
  readonly end?: boolean | undefined
}

/** How many messages stand above the one that was asked for. */
const above = 2

/** Where a message stands, by its id or the anchor that it has on a page. @throws OcvaultError `not-found` */
function placeOf({ sessionID, items }: Outline, name: string): number {
  const at = items.findIndex(({ id }) => id === name || anchor(id) === name)
  if (at < 0) throw new OcvaultError('not-found', `no message ${name} in session ${sessionID}`)
  return at
}

/** @throws OcvaultError `not-found` for a message that is not in the conversation */
function pieceOf(catalog: Catalog, outline: Outline, { at, from, after, before, end }: Wanted): RenderedPiece {
  if (before !== undefined) return pieceBefore(catalog, outline, placeOf(outline, before))
  if (after !== undefined) return pieceFrom(catalog, outline, placeOf(outline, after) + 1)
  if (from !== undefined) return pieceFrom(catalog, outline, placeOf(outline, from))
  if (at !== undefined) return pieceFrom(catalog, outline, Math.max(0, placeOf(outline, at) - above))
  return end ? pieceBefore(catalog, outline, outline.items.length) : pieceFrom(catalog, outline, 0)
}

/** A piece of a conversation between the links to what stands before and after it. */
export function conversationPiece(catalog: Catalog, outline: Outline, wanted: Wanted): string {
  const { items, sessionID } = outline
  const { html, from, to } = pieceOf(catalog, outline, wanted)
  const link = (name: string, place: number, words: string) => linkTo(name, sessionID, items[place]!.id, words)
  const earlier = from > 0 ? link('earlier', Math.max(0, from - 40), `${count(from, 'earlier message')}`) : ''
  const later = to < items.length ? link('later', to, `${count(items.length - to, 'more message')}`) : ''
  return `${earlier}${messagesIn(html, items.length === 0)}${later}`
}

const linkTo = (name: string, sessionID: string, messageID: string, words: string) =>
  `<a class="more ${name}" href="${escapeHTML(sessionPath(sessionID, messageID))}">${words}</a>\n`

const messagesIn = (html: string, isEmpty: boolean) =>
  `<div class="messages">\n${html}${isEmpty ? '<p class="note">No messages.</p>\n' : ''}</div>\n`

function beginning(catalog: Catalog, id: string): string {
  const { html, next } = firstPiece(catalog, id)
  return `${messagesIn(html, html === '')}${next ? linkTo('later', id, next.id, 'More messages') : ''}`
}

/** A session to read: what is known of it, and a piece of its conversation. */
export function sessionView(
  catalog: Catalog,
  session: Session,
  outlineOf: () => Outline,
  wanted: Wanted,
  isReadOnly: boolean,
): string {
  // The beginning is there at once, also of a conversation whose outline takes a second.
  const isBeginning = Object.values(wanted).every((each) => each === undefined)
  const exported = isReadOnly ? '' : `<a class="small" href="${links.session(session.id)}/export">Export</a>\n`
  const { id, directory } = session
  const resume = `${directory === null ? '' : `cd ${shellWord(directory)} && `}opencode -s ${shellWord(id)}`
  return `<article class="session" data-session="${escapeHTML(id)}">
<header>
<h1 dir="auto">${escapeHTML(titleOf(session))}</h1>
<p class="brief">${briefly(session).join(' ')}</p>
<div class="tools">
${exported}<details class="menu"><summary>Details</summary>
${factList(sessionJSON(session), links)}</details>
<details class="menu"><summary>Continue</summary><div><p class="note">In a terminal:</p><pre class="command"><code>${escapeHTML(resume)}</code></pre></div></details>
</div>
</header>
${isBeginning ? beginning(catalog, id) : conversationPiece(catalog, outlineOf(), wanted)}</article>
`
}

/** What one wants to know of a session before reading it. */
function briefly({ time, directory, model, agent, tokens, cost, parentID, subagents }: Session): string[] {
  const words = [
    directory === null ? '' : shortPath(directory),
    agent ?? '',
    model?.modelID ?? '',
    ...usageWords(tokens, cost),
    subagents === 0 ? '' : count(subagents, 'subagent'),
  ].filter(Boolean)
  const parent = parentID === null ? [] : [`<a href="${links.session(parentID)}">started by another session</a>`]
  return [timeElement(time.updated), ...words.map((each) => `<span>${escapeHTML(each)}</span>`), ...parent]
}

/** A word as a shell takes it. */
const shellWord = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
