import type { SessionID } from '../../opencode/ids.ts'
import type { Session } from '../../stores/catalog/catalog.ts'
import type { StoreKind } from '../../stores/store.ts'
import { padEnd, truncate, truncateStart } from '../layout.ts'
import { safeLine } from '../safe-text.ts'
import { count, dateTime, shortPath, titleOf } from '../words.ts'
import type { Style } from './style.ts'

export interface ListLayout {
  readonly style: Style
  /** Cells of the terminal; Infinity when nobody looks, and nothing is cut. */
  readonly width: number
  /** Say for each session where it was started. */
  readonly directories: boolean
  /** Sessions that a person has pinned in OpenCode. */
  readonly pinned?: ReadonlySet<SessionID>
}

/** Where nobody expects OpenCode to show a session. */
const travels: ReadonlySet<StoreKind> = new Set(['export-file', 'archive'])

const separator = ' · '
const gap = '  '

/** What a reader should know of a session besides its title. */
function marksOf(session: Session, pinned: ReadonlySet<SessionID> | undefined): string[] {
  const own = session.copies.filter(({ store }) => !travels.has(store))
  const stranded = own.length > 0 && own.every(({ visible }) => visible.length === 0)
  return [
    session.subagents > 0 ? count(session.subagents, 'subagent') : '',
    pinned?.has(session.id) ? 'pinned' : '',
    session.time.archived === null ? '' : 'archived',
    session.remains === undefined ? '' : 'its record is gone',
    session.detached === undefined ? '' : session.detached === 'circle' ? 'its parents go in a circle' : 'its parent is gone',
    stranded ? 'stranded' : '',
    session.kept === undefined ? '' : keptWords(session.kept),
  ].filter((mark) => mark !== '')
}

/** What is said of a session that no store has any more. @param place the archive that has it */
export const keptWords = (place: string): string => `deleted here, kept in ${shortPath(place)}`

/**
 * On narrow terminals ids are cut to the part that holds the time, which tells sessions apart and is enough for every command.
 */
const shortID = 16
const wholeIDsFrom = 120

/** With fewer cells for title and directory together, the title gets them all. */
const roomForPlace = 36

/** One line of a list: when, which, what; subagents of a tree stand under the session that started them. */
export function sessionLine(session: Session, depth: number, { style, width, directories, pinned }: ListLayout): string {
  const onTerminal = width !== Number.POSITIVE_INFINITY
  const when = dateTime(session.time.updated)
  const fullID = safeLine(session.id).padEnd(30)
  const id = width < wholeIDsFrom ? fullID.slice(0, shortID) : fullID
  const branch = depth > 0 ? `${gap.repeat(depth - 1)}└ ` : ''
  const marks = marksOf(session, pinned)
    .map((mark) => separator + mark)
    .join('')
  const place = directories && session.directory !== null ? shortPath(session.directory) : ''
  const room = width - when.length - id.length - 2 * gap.length
  // Where both do not fit, the title gets two thirds of the line, and the path shows its end, which tells directories apart.
  const placed = place !== '' && room >= roomForPlace
  const titleRoom = placed ? Math.floor((room * 2) / 3) : room
  const title = truncate(branch + titleOf(session), Math.max(8, titleRoom - marks.length))
  const styled = (depth > 0 ? title : style.bold(title)) + style.warn(marks)
  const line = `${style.dim(when)}${gap}${style.code(id)}${gap}`
  if (!placed) return line + styled
  const shown = truncateStart(place, onTerminal ? room - titleRoom - gap.length : Number.POSITIVE_INFINITY)
  return `${line}${onTerminal ? padEnd(styled, titleRoom) : styled}${gap}${style.dim(shown)}`
}
