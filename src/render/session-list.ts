import type { Session } from '../stores/catalog.ts'
import { padEnd, truncate } from './layout.ts'
import { safeLine } from './safe-text.ts'
import type { Style } from './style.ts'
import { count, dateTime, shortPath, titleOf } from './words.ts'

export interface ListLayout {
  readonly style: Style
  /** Cells of the terminal; Infinity when nobody looks, and nothing is cut. */
  readonly width: number
  /** Say for each session where it was started. */
  readonly directories: boolean
}

/** What a reader should know of a session besides its title. */
function marks(session: Session, style: Style): string {
  const stranded = session.copies.every((copy) => copy.visible.length === 0 && copy.store !== 'export-file')
  return [
    session.subagents > 0 ? style.dim(count(session.subagents, 'subagent')) : '',
    session.time.archived === null ? '' : style.warn('archived'),
    stranded ? style.warn('stranded') : '',
  ]
    .filter(Boolean)
    .map((mark) => ` ${style.dim('·')} ${mark}`)
    .join('')
}

/** One line of a list: when, which, what; subagents of a tree stand under the session that started them. */
export function sessionLine(session: Session, depth: number, { style, width, directories }: ListLayout): string {
  const when = dateTime(session.time.updated)
  const id = padEnd(safeLine(session.id), 30)
  const where = directories && session.directory !== null ? shortPath(session.directory) : ''
  const indent = depth > 0 ? `${'  '.repeat(depth - 1)}└ ` : ''
  const tail = marks(session, style)
  const tailWidth = marks(session, plain).length
  const room = width - when.length - id.length - 4 - tailWidth
  const title = truncate(indent + titleOf(session), Math.max(16, where ? Math.min(room - 2, Math.ceil(room * 0.6)) : room))
  const rest = room - title.length - 2
  const place = where && rest >= 8 ? `  ${style.dim(Number.isFinite(rest) ? truncateStart(where, rest) : where)}` : ''
  return `${style.dim(when)}  ${style.code(id)}  ${depth > 0 ? title : style.bold(title)}${tail}${place}`
}

const same = (text: string) => text
const plain: Style = { bold: same, dim: same, italic: same, accent: same, code: same, good: same, warn: same, bad: same }

/** The end of a path is what tells directories apart. */
function truncateStart(path: string, width: number): string {
  return path.length <= width ? path : `…${path.slice(path.length - width + 1)}`
}
