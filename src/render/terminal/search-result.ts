import type { SessionID } from '../../opencode/ids.ts'
import type { ContextMessage } from '../../search/context.ts'
import type { SearchHit, SearchResult } from '../../search/hits.ts'
import { padEnd, truncate, wrap } from '../layout.ts'
import { safeLine, safeText } from '../safe-text.ts'
import { count, shortPath } from '../words.ts'
import { type ListLayout, sessionLine } from './session-list.ts'
import type { Style } from './style.ts'

export interface SearchLayout extends ListLayout {
  readonly explain: boolean
  /** What a person types to read a message, or a session: a command, and what it is given. */
  readonly showing: (sessionID: SessionID, messageID: string | null) => readonly [command: string, given: string]
}

/** A result as a person reads it: the session, where and how its best hits stand in it, and the commands to go on with. */
export function renderResult(result: SearchResult, layout: SearchLayout): string {
  const { session, hits, total, score } = result
  const { style, width } = layout
  const lines = [sessionLine(session, 0, layout), ...nearness(result, style)]
  for (const hit of hits) {
    lines.push(`  ${describe(hit, session.id, style)}  ${style.dim(citation(hit))}`)
    const { before = [], after = [] } = hit.context ?? {}
    lines.push(...before.map((message) => contextLine(message, width, style)))
    lines.push(wrap(marked(hit, style), width, '    '))
    lines.push(...after.map((message) => contextLine(message, width, style)))
  }
  const more = total > hits.length ? `${style.dim(`${count(total - hits.length, 'more hit')} · `)}` : ''
  const message = hits.find(({ messageID }) => messageID !== null)
  const [command, given] = layout.showing(message?.sessionID ?? session.id, message?.messageID ?? null)
  lines.push(`  ${more}${style.dim(command)} ${safeLine(given)}`)
  lines.push(
    `  ${style.dim(session.directory === null ? 'opencode -s' : `cd ${shellPath(session.directory)} && opencode -s`)} ${safeLine(session.id)}`,
  )
  if (layout.explain) {
    const parts = Object.entries(score).map(([name, value]) => `${name} ${value.toFixed(3)}`)
    lines.push(`  ${style.dim(parts.join(' · '))}`)
  }
  return `${lines.join('\n')}\n`
}

/** What answers a query only nearly says so: `close: tokne → token`. */
function nearness({ tier, near, hits }: SearchResult, style: Style): string[] {
  if (tier === 'exact') return []
  const instead = near.map(({ typed, found }) => `${typed} → ${found}`)
  const held = [...new Set(hits.flatMap(({ terms }) => terms))].filter((word) => !near.some(({ found }) => found === word))
  const words = tier === 'close' ? instead : [...held, ...instead]
  return [`  ${style.warn(tier)}${style.dim(safeLine(`: ${words.join(', ')}`))}`]
}

/** Why it matched: in what, of whom, and by which words. */
function describe(hit: SearchHit, root: string, style: Style): string {
  const subagent = hit.sessionID === root ? '' : ' of a subagent'
  const words = hit.terms.length > 0 ? `: ${hit.terms.join(', ')}` : ''
  return `${style.good(safeLine(placeOf(hit) + subagent))}${style.dim(safeLine(words))}`
}

/** `prompt`, `bash output`, `compaction`, …: what nobody typed or answered is told by its kind. */
function placeOf({ field, kind, tool, type }: SearchHit): string {
  if (field === 'aside')
    return type === 'error' ? 'error' : kind === 'prompt' || kind === 'answer' ? 'synthetic' : (kind ?? 'aside')
  if (tool !== null) return `${tool} ${field}`
  return kind === 'shell' ? `shell ${field}` : field
}

const citation = ({ sessionID, messageID }: SearchHit) => safeLine(messageID === null ? sessionID : `${sessionID}/${messageID}`)

/** A part of a line, whose blanks at both ends count. */
const inline = (text: string) => safeText(text).replace(/\s/g, ' ')

/** The snippet with its words marked: in colour, or in brackets where there is none. */
function marked({ snippet, marks }: SearchHit, style: Style): string {
  const plain = style.accent('x') === 'x'
  let out = ''
  let at = 0
  for (const [start, end] of marks) {
    const word = inline(snippet.slice(start, end))
    out += `${inline(snippet.slice(at, start))}${plain ? `«${word}»` : style.accent(word)}`
    at = end
  }
  return out + inline(snippet.slice(at))
}

function contextLine({ role, kind, text }: ContextMessage, width: number, style: Style): string {
  const label = padEnd(kind === 'answer' || kind === 'prompt' ? kind : `${role} ${kind}`, 8)
  return style.dim(`    ${label} ${truncate(safeLine(text), width - label.length - 5)}`)
}

/** A path as a shell takes it. */
function shellPath(path: string): string {
  const short = shortPath(path)
  if (/^~?[\w./@:+-]*$/.test(short)) return short
  return `'${safeLine(path).replaceAll("'", `'\\''`)}'`
}
