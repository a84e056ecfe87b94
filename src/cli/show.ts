import { type Shown, showSession } from '../api/show.ts'
import { readConversation } from '../conversation/conversation.ts'
import type { Message } from '../conversation/message.ts'
import { titled } from '../conversation/opening.ts'
import { printedMessage } from '../render/json/printed-message.ts'
import { sessionJSON } from '../render/json/session-json.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { sessionHead, subagentList } from '../render/terminal/session-head.ts'
import { renderMessage, type TranscriptLayout } from '../render/terminal/transcript.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { more } from './hints.ts'
import { openPager, type Sink } from './pager.ts'
import { directoryFor, withCatalog } from './selection.ts'
import { hint, Output, readingWidth, styleFor } from './terminal.ts'
import type { ShowFlags } from './verbs/show.ts'

/** `ocvault show`. */
export async function show(name: string, flags: ShowFlags): Promise<void> {
  const { last, message } = flags
  const tree = flags.tree ?? false
  await withCatalog(flags, async (catalog) => {
    const request = { session: name, project: directoryFor([name], flags), last, message, tree: tree && flags.json }
    const shown = await showSession(catalog, request)
    if (flags.json) await showJSON(shown)
    else await showText(catalog, shown, flags)
  })
}

/** One document, written message by message. */
async function showJSON({ session, messages, subagents }: Shown): Promise<void> {
  const out = new Output()
  await out.write(`{"session":${safeJSON(sessionJSON(session))},\n"messages":[`)
  await writeMessages(out, messages)
  await out.write(`],\n"subagents":[`)
  for (const [index, child] of subagents.entries()) {
    const json = safeJSON(sessionJSON(child.session))
    await out.write(`${index > 0 ? ',' : ''}\n${child.messages ? json.slice(0, -1) : json}`)
    if (!child.messages) continue
    await out.write(',"messages":[')
    await writeMessages(out, child.messages)
    await out.write(']}')
  }
  await out.write(']}\n')
  await out.flush()
}

async function writeMessages(out: Output, messages: Iterable<Message>): Promise<void> {
  let first = true
  for (const message of messages) {
    await out.write(first ? '\n' : ',\n')
    for (const piece of printedMessage(message, safeJSON)) await out.write(piece)
    first = false
  }
}

async function showText(catalog: Catalog, { session, messages, subagents }: Shown, flags: ShowFlags): Promise<void> {
  const { tools = false, reasoning = false, full = false } = flags
  const layout = {
    style: styleFor(process.stdout, flags),
    width: readingWidth(process.stdout),
    tools,
    reasoning,
    full,
    more: more.lines,
  }
  const children = subagents.map((child) => child.session)
  // The first message decides whether there is anything to show, before a pager takes the screen.
  const rest = messages[Symbol.iterator]()
  const first = rest.next()
  const sink = await openPager(flags.pager)
  await sink.out.write(sessionHead(titled(catalog, session), layout))
  if (!first.done) await writeTranscript(chained(first.value, rest), catalog, sink, layout, flags.tree ? children : [], '')
  if (children.length > 0 && !flags.tree && flags.message === undefined) {
    const named = children.map((child) => titled(catalog, child))
    await sink.out.write(subagentList(named, more.subagents, layout))
  }
  await sink.end()
  hint(`\nopencode -s ${safeLine(session.id)} continues it`, flags)
}

function* chained(first: Message, rest: Iterator<Message>): Iterable<Message> {
  yield first
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value
}

/** Writes messages; the session of a subagent follows the message that started it, or else the last one. */
async function writeTranscript(
  messages: Iterable<Message>,
  catalog: Catalog,
  sink: Sink,
  layout: TranscriptLayout,
  children: readonly Session[],
  indent: string,
): Promise<void> {
  let previous: Message | undefined
  const waiting = new Map(children.map((child) => [child.id, child]))
  for (const message of messages) {
    if (sink.closed()) return
    for (const piece of renderMessage(message, previous, layout, indent)) {
      if (sink.closed()) return
      await sink.out.write(piece)
    }
    previous = message
    for (const part of message.parts) {
      const child = part.type === 'tool' && part.sessionID !== null ? waiting.get(part.sessionID) : undefined
      if (!child) continue
      waiting.delete(child.id)
      previous = undefined
      await writeChild(child, catalog, sink, layout, indent)
    }
  }
  for (const child of waiting.values()) await writeChild(child, catalog, sink, layout, indent)
}

async function writeChild(child: Session, catalog: Catalog, sink: Sink, layout: TranscriptLayout, indent: string): Promise<void> {
  const inner = `${indent}  ${layout.style.dim('┃')} `
  await sink.out.write(`\n${sessionHead(titled(catalog, child), layout, inner)}`)
  await writeTranscript(readConversation(catalog, child.id), catalog, sink, layout, catalog.children(child.id), inner)
}
