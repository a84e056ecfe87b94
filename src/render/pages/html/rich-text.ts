import MarkdownIt, { type Token } from 'markdown-it'
import { safeText } from '../../safe-text.ts'
import { bounded } from './bounded.ts'
import { codeBlock } from './code.ts'
import { escapeHTML } from './escape.ts'

/** Longer texts are shown as they were written, and those that take longer than so many ms. */
const longest = 200_000
const patience = 2000

const answers = new MarkdownIt({ html: false, linkify: true })
/** People paste logs and code as they are: of Markdown, only fences mean the same to everyone. */
const prompts = new MarkdownIt('zero', { html: false, linkify: true }).enable(['fence', 'linkify'])

for (const markdown of [answers, prompts]) {
  // Anything else stays the text that it is: javascript:, data:, file: and paths, which lead nowhere from a page.
  markdown.validateLink = (url) => /^(?:https?:\/\/|mailto:)/i.test(url)
  // `main.rs` and `README.md` are no addresses in Serbia and Moldova.
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
  markdown.core.ruler.push('page', ({ tokens }) => tokens.forEach(fitPage))
  const fence = (tokens: Token[], index: number) =>
    codeBlock(tokens[index]!.content, /^[\w+#.-]*/.exec(tokens[index]!.info.trim())![0].toLowerCase())
  Object.assign(markdown.renderer.rules, { fence, code_block: fence })
}

Object.assign(answers.renderer.rules, {
  table_open: () => '<div class="scroll"><table>\n',
  table_close: () => '</table></div>\n',
  // A picture from elsewhere would tell who reads the page, and when.
  image: (tokens: Token[], index: number) => {
    const { content, attrs } = tokens[index]!
    const source = String(attrs?.find(([name]) => name === 'src')?.[1] ?? '')
    return `<a href="${escapeHTML(source)}" rel="${rel}">${escapeHTML(content) || 'image'}</a>`
  },
})

const rel = 'noopener noreferrer nofollow'

/** Headings go below those of the page, links tell nobody where they were found, and style is left to the page's own sheet. */
function fitPage(token: Token): void {
  if (token.type === 'heading_open' || token.type === 'heading_close')
    token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`
  if (token.type === 'link_open') token.attrSet('rel', rel)
  if (token.type === 'th_open' || token.type === 'td_open') {
    const align = /^text-align:(center|right)$/.exec(String(token.attrGet('style')))?.[1]
    token.attrs = align === undefined ? null : [['class', align]]
  }
  let inLink = false
  let leads = true
  for (const child of token.children ?? []) {
    if (child.type === 'link_open') {
      inLink = true
      leads = child.attrGet('href') !== ''
    }
    // A link around a picture leads where it leads; a link in a link would not. One without an address is its words.
    if (child.type === 'image' && (inLink || child.attrGet('src') === '')) child.type = 'text'
    if (child.type.startsWith('link_') && !leads) child.type = 'text'
    if (child.type === 'link_close') inLink = false
    fitPage(child)
  }
}

/** Markdown of an answer. */
export function richText(source: string): string {
  const text = safeText(source).toWellFormed().trim()
  if (text === '') return ''
  return `<div class="rich" dir="auto">\n${rendered(text, () => answers.render(text))}</div>\n`
}

/** What a person typed: line for line as they did, with fences as code. */
export function typedText(source: string): string {
  const text = safeText(source)
    .toWellFormed()
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd()
  if (text === '') return ''
  return `<div class="typed" dir="auto">\n${rendered(text, () => typed(text))}</div>\n`
}

function typed(text: string): string {
  const lines = text.split('\n')
  const pieces: string[] = []
  let at = 0
  const words = (end: number) => {
    const piece = lines.slice(at, end).join('\n').replace(/^\n+/, '').trimEnd()
    if (piece !== '') pieces.push(`<p class="as-is">${prompts.renderInline(piece)}</p>\n`)
  }
  for (const { type, map, content, info } of prompts.parse(text, {})) {
    if (type !== 'fence') continue
    words(map![0])
    pieces.push(codeBlock(content, info.trim().split(/\s/)[0]!.toLowerCase()))
    at = map![1]
  }
  words(lines.length)
  return pieces.join('')
}

function rendered(text: string, render: () => string): string {
  const html = text.length > longest ? undefined : bounded(text, patience, render)
  return html ?? `<p class="as-is">${escapeHTML(text)}</p>\n`
}
