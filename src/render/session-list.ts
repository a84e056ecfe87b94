import stringWidth from 'fast-string-width'
import type { Session } from '../stores/catalog.ts'
import { truncate } from './layout.ts'
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

const separator = ' · '
const gap = '  '

/** What a reader should know of a session besides its title. */
function marksOf(session: Session): string[] {
  const stranded = session.copies.every((copy) => copy.visible.length === 0 && copy.store !== 'export-file')
  return [
    session.subagents > 0 ? count(session.subagents, 'subagent') : '',
    session.time.archived === null ? '' : 'archived',
    stranded ? 'stranded' : '',
  ].filter((mark) => mark !== '')
}

/** One line of a list: when, which, what; subagents of a tree stand under the session that started them. */
export function sessionLine(session: Session, depth: number, { style, width, directories }: ListLayout): string {
  const when = dateTime(session.time.updated)
  const id = safeLine(session.id).padEnd(30)
  const branch = depth > 0 ? `${gap.repeat(depth - 1)}└ ` : ''
  const marks = marksOf(session).map((mark) => separator + mark)
  const place = directories && session.directory !== null ? shortPath(session.directory) : ''
  const room = width - when.length - id.length - marks.join('').length - 2 * gap.length
  // Where both do not fit, the title gets three fifths of the line, and the path shows its end, which tells directories apart.
  const title = truncate(branch + titleOf(session), Math.max(16, place === '' ? room : Math.ceil(room * 0.6)))
  const rest = room === Number.POSITIVE_INFINITY ? room : room - stringWidth(title) - gap.length
  const shownPlace = place.length <= rest ? place : rest < 8 ? '' : `…${place.slice(place.length - rest + 1)}`
  const line = [style.dim(when), style.code(id), (depth > 0 ? title : style.bold(title)) + style.warn(marks.join(''))]
  return [...line, ...(shownPlace === '' ? [] : [style.dim(shownPlace)])].join(gap)
}
