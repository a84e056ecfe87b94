import { sessionNamed } from '../api/sessions.ts'
import { readConversation } from '../conversation/conversation.ts'
import type { Message } from '../conversation/message.ts'
import { callsIn, commandOf } from './errors/call.ts'
import { changes } from './errors/cure.ts'
import type { Recall } from './memory.ts'
import { quoted, shortLine } from './quote.ts'

const lineChars = 180

/** How an answer says that something was settled. */
const settling =
  /\b(?:decid\w*|agreed?|chose|choose|settled|instead of|rather than|because|must(?: not)?|never|always|do not|don't|root cause|turns? out|the (?:fix|reason|problem) (?:is|was))\b/i

/**
 * What a summary of a session forgets first: what the person asked for, what was decided, and which commands worked, the last
 * ones first to stay. In at most 2 KB; empty where there is nothing to keep.
 * @throws OcvaultError `not-found`
 */
export async function keepsake(recall: Recall, id: string): Promise<string> {
  const session = await sessionNamed(recall.catalog, id)
  const kept = { asked: new Set<string>(), decided: new Set<string>(), ran: new Set<string>(), changed: new Set<string>() }
  for (const message of readConversation(recall.catalog, session.id)) {
    if (message.reverted) continue
    for (const [what, lines] of Object.entries(linesOf(message)))
      for (const line of lines) last(kept[what as keyof typeof kept], line)
  }
  const texts = await quoted(
    Object.values(kept).map((lines) => [...lines].reverse().join('\n')),
    recall.redact,
  )
  const [asked, decided, ran, changed] = texts.map((text) => text.split('\n').filter((line) => line !== ''))
  const head = 'From the earlier turns of this session, word for word (keep what still matters):'
  const parts = [
    section('The user asked', asked!, 600),
    section('Decided', decided!, 500),
    section('Commands that worked', ran!, 500),
    section('Files changed', changed!, 300),
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : [head, ...parts].join('\n\n')
}

/** What was said again stands where it was said last. */
function last(lines: Set<string>, line: string): void {
  lines.delete(line)
  lines.add(line)
}

function linesOf(message: Message): Record<'asked' | 'decided' | 'ran' | 'changed', string[]> {
  const said = message.parts.flatMap((part) => (part.type === 'text' && !part.synthetic && !part.ignored ? [part.text] : []))
  const calls = callsIn(message).filter(changes)
  const ran = calls.flatMap(({ part }) => {
    const command = part.type === 'shell' ? part.command : commandOf(part)
    return command === null ? [] : [shortLine(command, lineChars)]
  })
  const changed = calls.flatMap(({ part, kinds }) =>
    part.type === 'tool' && commandOf(part) === null ? [shortLine(kinds[0] ?? '', lineChars)] : [],
  )
  const asked = message.kind === 'prompt' && message.role === 'user' ? said.map((text) => shortLine(text, lineChars)) : []
  const decided = message.kind === 'answer' ? said.flatMap(sentences).filter((line) => settling.test(line)) : []
  return { asked, decided: decided.map((line) => shortLine(line, lineChars)), ran, changed }
}

const sentences = (text: string): string[] =>
  text
    .slice(0, 20_000)
    .split(/(?<=[.!?])\s+|\n+/)
    .map((line) => line.trim())

/** As many lines as have room, in the order in which they were said; those said last come in first. */
function section(title: string, newestFirst: readonly string[], bytes: number): string {
  const lines: string[] = []
  let room = bytes - title.length - 1
  for (const line of newestFirst) {
    room -= Buffer.byteLength(line) + 3
    if (room < 0) break
    lines.unshift(`- ${line}`)
  }
  return lines.length === 0 ? '' : `${title}:\n${lines.join('\n')}`
}
