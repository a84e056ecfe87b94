import MarkdownIt, { type Token } from 'markdown-it'
import { fence } from './syntax.ts'

/** The highest level that a heading inside a text may have: 1 is the session, 2 a message, 3 a tool call. */
const highest = 4

/** Longer texts are not worth parsing: they are shown as they were written. */
const longest = 200_000

/** How often a text is mended before it is given up: what was HTML can turn out to hold something else. */
const rounds = 5

/** The reader to be safe from: CommonMark with tables, raw HTML and all. */
const parser = new MarkdownIt({ html: true })

/**
 * Markdown that somebody wrote, fit to stand inside a page: its headings go below those of the page (all by as much, to level 6),
 * it opens no raw HTML, and nothing in it reaches beyond its end. What cannot be mended is shown as it was written, in a fence.
 * Each line begins with `prefix` (`> ` for a quote).
 */
export function containMarkdown(text: string, prefix = ''): string {
  if (text.length <= longest) {
    let lines = text.split('\n').map((line) => `${prefix}${line}`.trimEnd())
    for (let round = 0; round < rounds; round++) {
      const tokens = parser.parse(probed(lines), {})
      if (isContained(tokens)) return lines.join('\n')
      lines = mended(lines, tokens)
    }
  }
  return fence(text, '')
    .split('\n')
    .map((line) => (prefix === '' ? line : `${prefix}${line}`))
    .join('\n')
}

/** With what follows on the page: the next heading must be one. */
const probed = (lines: readonly string[]) => `${lines.join('\n')}\n\n# end\n`

function isContained(tokens: readonly Token[]): boolean {
  const end = tokens.at(-3)
  if (end?.type !== 'heading_open' || end.level !== 0) return false
  return tokens.slice(0, -3).every((token) => !isHTML(token) && !(token.type === 'heading_open' && levelOf(token) < highest))
}

const levelOf = (heading: Token) => Number(heading.tag.slice(1))

const isHTML = (token: Token): boolean =>
  token.type === 'html_block' || token.type === 'html_inline' || (token.children?.some(isHTML) ?? false)

function mended(lines: readonly string[], tokens: readonly Token[]): string[] {
  const changed: (string | null)[] = [...lines]
  const levels = tokens.slice(0, -3).flatMap((token) => (token.type === 'heading_open' ? levelOf(token) : []))
  const down = Math.max(0, highest - Math.min(highest, ...levels))
  for (const token of tokens) {
    const [from, to] = token.map ?? [0, 0]
    if (from >= lines.length) continue
    if (token.type === 'heading_open' && down > 0) lowerHeading(changed, token, down)
    else if (token.type === 'html_block')
      for (let at = from; at < Math.min(to, lines.length); at++) changed[at] = escapeTags(lines[at]!)
    else if (token.type === 'inline' && isHTML(token)) {
      const source = lines.slice(from, to).join('\n')
      const escaped = escapeOutsideCode(source).split('\n')
      for (const [index, line] of escaped.entries()) changed[from + index] = line
    }
  }
  const last = tokens.at(-1)
  // A fence that was never closed holds the rest of the page.
  if (last?.type === 'fence' && last.level === 0) changed.push(last.markup)
  return changed.filter((line) => line !== null)
}

/** What a line begins with when it stands in quotes and lists. */
const container = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*[ \t]*/

function lowerHeading(lines: (string | null)[], token: Token, down: number): void {
  const [from, to] = token.map!
  const line = lines[from] ?? ''
  const begin = container.exec(line)![0]
  const marks = '#'.repeat(Math.min(6, levelOf(token) + down))
  if (token.markup.startsWith('#')) {
    lines[from] = begin + line.slice(begin.length).replace(/^#+/, marks)
    return
  }
  // Underlined with === or ---: a heading of that kind has but two levels, so it becomes one of the other kind.
  const rest = lines.slice(from + 1, to - 1).map((next) => (next ?? '').replace(/^[ \t>]*/, ''))
  lines[from] = `${begin}${marks} ${[line.slice(begin.length), ...rest].join(' ')}`
  for (let at = from + 1; at < to; at++) lines[at] = null
}

/** Puts a backslash before each `<` that could begin a tag, a comment or the like, and has none; autolinks stay. */
function escapeTags(text: string): string {
  return text.replace(/(?<!\\)((?:\\\\)*)<(?=[A-Za-z/!?])(?![A-Za-z][A-Za-z0-9+.-]{1,31}:)/g, '$1\\<')
}

/** The same, but in code spans, where a backslash would be shown. */
function escapeOutsideCode(text: string): string {
  const pieces = text.split(/(`+)/)
  let result = ''
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at]!
    const end = at % 2 === 1 ? pieces.indexOf(piece, at + 1) : -1
    if (end === -1) result += at % 2 === 1 ? piece : escapeTags(piece)
    else {
      result += pieces.slice(at, end + 1).join('')
      at = end
    }
  }
  return result
}
