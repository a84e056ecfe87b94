import type { Key } from '../../stats/key-names.ts'
import type { StatsFigures, StatsRow } from '../../stats/rows.ts'
import { amount, short, span } from '../facts/stats-words.ts'
import { table, truncate } from '../layout.ts'
import { safeLine } from '../safe-text.ts'
import { shortPath } from '../words.ts'
import type { Style } from './style.ts'

export interface StatsLayout {
  readonly style: Style
  /** Cells of the terminal; Infinity when nobody looks, and nothing is cut. */
  readonly width: number
  readonly currency: string
}

interface Column {
  readonly name: string
  readonly of: (figures: StatsFigures, layout: StatsLayout) => string
}

/** The most telling first: what does not fit is left out from the end. */
const usage: readonly Column[] = [
  { name: 'cost', of: ({ cost }, { currency }) => (cost.stored > 0 ? amount(cost.stored, currency) : '') },
  { name: 'estimated', of: ({ cost }, { currency }) => (cost.estimated > 0 ? `~${amount(cost.estimated, currency)}` : '') },
  { name: 'sessions', of: ({ sessions }) => short(sessions) },
  { name: 'answers', of: ({ answers }) => short(answers) },
  { name: 'input', of: ({ tokens }) => short(tokens.input) },
  { name: 'output', of: ({ tokens }) => short(tokens.output + tokens.reasoning) },
  { name: 'cached', of: ({ tokens }) => short(tokens.cacheRead) },
  { name: 'calls', of: ({ calls }) => short(calls) },
  { name: 'failed', of: ({ failures }) => (failures > 0 ? short(failures) : '') },
  { name: 'active', of: ({ time }) => span(time.active) },
  { name: 'cache written', of: ({ tokens }) => short(tokens.cacheWrite) },
  { name: 'messages', of: ({ messages }) => short(messages) },
]

const ofTools: readonly Column[] = [
  { name: 'calls', of: ({ calls }) => short(calls) },
  {
    name: 'failed',
    of: ({ failures, calls }) => (failures > 0 ? `${short(failures)} (${Math.round((failures / calls) * 100)} %)` : ''),
  },
  { name: 'median', of: ({ time }) => (time.call.median === null ? '' : span(time.call.median)) },
  { name: 'p95', of: ({ time }) => (time.call.p95 === null ? '' : span(time.call.p95)) },
  { name: 'time', of: ({ time }) => span(time.tools) },
  { name: 'bytes', of: ({ bytes }) => short(bytes) },
  { name: 'sessions', of: ({ sessions }) => short(sessions) },
]

const none: Partial<Record<Key, string>> = { tool: '(no tool)', model: '(no model)', provider: '(no model)', agent: '(no agent)' }

/** What stands in a row's place for a key. */
export function nameOf(key: Key, label: string | null): string {
  if (label === null) return none[key] ?? '(unknown)'
  return key === 'project' ? shortPath(label) : safeLine(label) || '(no title)'
}

const listOf = (value: StatsRow['key']) => (typeof value === 'string' || value === null ? [value] : value)

/** With fewer cells a name tells nothing. */
const shortestName = 16

/** Rows under names of what they are by, as wide as the terminal; the last row is the total. */
export function statsTable(by: readonly Key[], rows: readonly StatsRow[], total: StatsFigures, layout: StatsLayout): string[] {
  const { style, width } = layout
  const all = by.includes('tool') ? ofTools : usage
  const names = rows.map(({ label }) => listOf(label).map((value, at) => nameOf(by[at]!, value)))
  const figures = [...rows, total]
  const filled = all.filter(({ of }) => figures.some((row) => of(row, layout) !== ''))
  let columns = filled
  const numbers = () =>
    table(
      [columns.map(({ name }) => name), ...figures.map((row) => columns.map(({ of }) => of(row, layout)))],
      [...columns.keys()],
    )
  const isTooWide = (line: string) => line.length + 2 + by.length * (shortestName + 2) > width
  while (columns.length > 2 && numbers().some(isTooWide)) columns = columns.slice(0, -1)
  const right = numbers()
  const room = Math.max(shortestName, Math.floor((width - Math.max(...right.map((line) => line.length))) / by.length) - 2)
  const left = table([
    by.map(String),
    ...names.map((cells) => cells.map((cell) => truncate(cell, room))),
    ['total', ...by.slice(1).map(() => '')],
  ])
  const longest = Math.max(...left.map((line) => line.length))
  return left.map((line, at) => {
    const name = line.padEnd(longest)
    const isEdge = at === 0 || at === left.length - 1
    return `${at === 0 ? style.dim(name) : isEdge ? style.bold(name) : name}  ${at === 0 ? style.dim(right[at]!) : right[at]}`.trimEnd()
  })
}
