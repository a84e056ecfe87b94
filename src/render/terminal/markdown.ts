import { lexer, type Token, type Tokens } from 'marked'
import { wrap } from '../layout.ts'
import type { Style } from './style.ts'

/** The five entities that people write in Markdown; Marked leaves them to the renderer. */
const decodeEntities = (text: string) =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_match, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!,
  )

/** Markdown as an answer uses it, for a terminal: headings, lists, code and emphasis are told by style; code is never wrapped. */
export function renderMarkdown(text: string, width: number, indent: string, style: Style): string {
  try {
    const blocks = lexer(text).map((token) => block(token, width, indent, style))
    return blocks.filter((rendered) => rendered !== '').join('\n\n')
  } catch (error) {
    // Thousands of quotes in each other are more than the stack holds: shown as they were written.
    if (error instanceof RangeError) return wrap(text, width, indent)
    throw error
  }
}

function block(token: Token, width: number, indent: string, style: Style): string {
  switch (token.type) {
    case 'space':
    case 'def':
      return ''
    case 'heading':
      return wrap(style.bold(inline(token, style)), width, indent)
    case 'code':
      return (token as Tokens.Code).text
        .split('\n')
        .map((line) => `${indent}${style.dim('│')} ${style.code(line)}`.trimEnd())
        .join('\n')
    case 'list':
      return list(token as Tokens.List, width, indent, style)
    case 'blockquote':
      return ((token as Tokens.Blockquote).tokens ?? [])
        .map((inner) => block(inner, width, `${indent}${style.dim('>')} `, style))
        .filter((rendered) => rendered !== '')
        .join('\n')
    case 'hr':
      return `${indent}${style.dim('───')}`
    case 'paragraph':
    case 'text':
      return wrap(inline(token, style), width, indent)
    default:
      return wrap(token.raw.trimEnd(), width, indent)
  }
}

function list(token: Tokens.List, width: number, indent: string, style: Style): string {
  return token.items
    .map((item, index) => {
      const check = item.task ? (item.checked ? '[x] ' : '[ ] ') : ''
      const bullet = `${token.ordered ? `${Number(token.start || 1) + index}.` : '-'} ${check}`
      const hanging = indent + ' '.repeat(bullet.length)
      const body = item.tokens
        .filter((inner) => inner.type !== 'checkbox')
        .map((inner) => block(inner, width, hanging, style))
        .filter((rendered) => rendered !== '')
        .join('\n')
      return indent + bullet + body.slice(hanging.length)
    })
    .join('\n')
}

function inline(token: Token, style: Style): string {
  const tokens = 'tokens' in token ? token.tokens : undefined
  const inner = () =>
    tokens
      ? tokens.map((child) => inline(child, style)).join('')
      : decodeEntities('text' in token ? String(token.text) : token.raw)
  switch (token.type) {
    case 'strong':
      return style.bold(inner())
    case 'em':
      return style.italic(inner())
    case 'codespan':
      return style.code(decodeEntities((token as Tokens.Codespan).text))
    case 'br':
      return '\n'
    case 'link': {
      const { href } = token as Tokens.Link
      const label = inner()
      return label === href ? label : `${label} ${style.dim(`(${href})`)}`
    }
    case 'image':
    case 'html':
      return token.raw
    default:
      return inner()
  }
}
