import stringWidth from 'fast-string-width'
import { wrapAnsi } from 'fast-wrap-ansi'

/** Text in columns: width counts cells of the terminal, where a Chinese character takes two. */

/** Cuts text to a number of cells, with an ellipsis where something is missing. */
export function truncate(text: string, width: number): string {
  if (width === Number.POSITIVE_INFINITY || stringWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const cells = stringWidth(segment)
    if (used + cells > width - 1) break
    cut += segment
    used += cells
  }
  return `${cut}…`
}

/** The same for a path, whose end tells more than its beginning. */
export function truncateStart(path: string, width: number): string {
  if (width === Number.POSITIVE_INFINITY || stringWidth(path) <= width) return path
  const segments = Array.from(new Intl.Segmenter().segment(path), ({ segment }) => segment)
  let from = segments.length
  for (let room = width - 1; from > 0; from--) {
    room -= stringWidth(segments[from - 1]!)
    if (room < 0) break
  }
  return `…${segments.slice(from).join('')}`
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text
}

/** Wraps text at words to a width, each line with the same beginning; an infinite width only indents. */
export function wrap(text: string, width: number, indent: string): string {
  const inner = width - stringWidth(indent)
  const wrapped = Number.isFinite(inner) ? wrapAnsi(text, Math.max(20, inner), { trim: false, hard: true }) : text
  return wrapped
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : indent + line.trimEnd()))
    .join('\n')
}

/** Rows with their columns aligned, two spaces apart; numbers in the columns named in `right` end together. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_item, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, column) => (right.includes(column) ? padStart(cell, widths[column]!) : padEnd(cell, widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
