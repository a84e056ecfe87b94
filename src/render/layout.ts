import stringWidth from 'fast-string-width'
import { wrapAnsi } from 'fast-wrap-ansi'

/** Text in columns: width counts cells of the terminal, where a Chinese character takes two. */

/** Cuts text to a number of cells, with an ellipsis where something is missing. */
export function truncate(text: string, width: number): string {
  return cut(text, width, (segments) => segments, (kept) => `${kept.join('')}…`)
}

/** The same, but what is missing is the beginning: the end of a path tells more. */
export function truncateStart(text: string, width: number): string {
  return cut(text, width, (segments) => segments.reverse(), (kept) => `…${kept.reverse().join('')}`)
}

function cut(text: string, width: number, order: (segments: string[]) => string[], join: (kept: string[]) => string): string {
  if (width === Number.POSITIVE_INFINITY || stringWidth(text) <= width) return text
  const kept: string[] = []
  let used = 0
  for (const segment of order([...new Intl.Segmenter().segment(text)].map((part) => part.segment))) {
    used += stringWidth(segment)
    if (used > width - 1) break
    kept.push(segment)
  }
  return join(kept)
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
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, column) => (right.includes(column) ? padStart(cell, widths[column]!) : padEnd(cell, widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
