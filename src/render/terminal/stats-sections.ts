import stringWidth from 'fast-string-width'
import type { TouchedFile } from '../../stats/files.ts'
import type { Key } from '../../stats/key-names.ts'
import type { StatsFigures, StatsRow } from '../../stats/rows.ts'
import { amount, share, short, span } from '../facts/stats-words.ts'
import { padEnd, table, truncate, truncateStart } from '../layout.ts'
import { shortPath } from '../words.ts'
import { nameOf, type StatsLayout } from './stats-table.ts'

/** From here two tables stand beside each other. */
export const wideFrom = 160
export const gap = '   '

const half = ({ width }: StatsLayout) => (width >= wideFrom ? Math.floor((width - gap.length) / 2) : width)

/** A head, and rows of which the first column is cut to what the others leave. @param left columns of text, the first is 0 */
export function section(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  layout: StatsLayout,
  { cut = truncate, left = [] }: { readonly cut?: typeof truncate; readonly left?: readonly number[] } = {},
): string[] {
  const { style } = layout
  if (rows.length === 0) return []
  const right = [...head.slice(1).keys()].filter((column) => !left.includes(column + 1))
  const numbers = table([head.slice(1), ...rows.map((row) => row.slice(1))], right)
  const room = half(layout) - Math.max(...numbers.map((line) => stringWidth(line))) - 2
  return numbers.map((line, at) => {
    const name = padEnd(cut((at === 0 ? head : rows[at - 1]!)[0]!, room), room)
    return at === 0 ? `${style.bold(name)}  ${style.dim(line)}` : `${name}  ${line}`
  })
}

/** The columns of money that any of these rows has something in. */
export const costs = (rows: readonly StatsFigures[], currency: string) => {
  const hasStored = rows.some(({ cost }) => cost.stored > 0)
  const hasEstimated = rows.some(({ cost }) => cost.estimated > 0)
  const stored = ({ cost }: StatsFigures) => (cost.stored > 0 ? amount(cost.stored, currency) : '')
  const estimated = ({ cost }: StatsFigures) => (cost.estimated > 0 ? `~${amount(cost.estimated, currency)}` : '')
  return {
    head: [...(hasStored ? ['cost'] : []), ...(hasEstimated ? ['estimated'] : [])],
    of: (row: StatsFigures) => [...(hasStored ? [stored(row)] : []), ...(hasEstimated ? [estimated(row)] : [])],
  }
}

export const labelOf = (key: Key, { label }: StatsRow) => nameOf(key, typeof label === 'string' ? label : null)

export function toolTable(rows: readonly StatsRow[], layout: StatsLayout): string[] {
  const { style } = layout
  const failed = ({ failures, calls }: StatsRow) => (failures === 0 ? '' : style.warn(`${share(failures, calls)}`))
  const time = (ms: number | null) => (ms === null ? '' : span(ms))
  return section(
    ['tools', 'calls', 'failed', 'median', 'p95', 'time', 'bytes'],
    rows.map((row) => [
      ...[labelOf('tool', row), short(row.calls), failed(row), time(row.time.call.median), time(row.time.call.p95)],
      ...[span(row.time.tools), short(row.bytes)],
    ]),
    layout,
  )
}

export function fileTable(files: readonly TouchedFile[], layout: StatsLayout): string[] {
  return section(
    ['files touched most', 'edits', 'reads', 'sessions'],
    files.map(({ path, edits, reads, sessions }) => [shortPath(path), short(edits), short(reads), short(sessions)]),
    layout,
    { cut: truncateStart },
  )
}
