import stringWidth from 'fast-string-width'
import type { StatsOverview } from '../../stats/answers.ts'
import type { Key } from '../../stats/key-names.ts'
import type { StatsFigures, StatsRow } from '../../stats/rows.ts'
import { amount, short, span } from '../facts/stats-words.ts'
import { padEnd, table, truncate, truncateStart } from '../layout.ts'
import { count, grouped, shortPath } from '../words.ts'
import { nameOf } from './stats-table.ts'
import { type Measure, usualMeasure, yearLines } from './stats-year.ts'
import type { Style } from './style.ts'

export interface OverviewLayout {
  readonly style: Style
  readonly width: number
  readonly currency: string
  readonly measure?: Measure | undefined
  /** `2026-11-28`, where the person lives. */
  readonly today: string
  /** How rows by other keys are asked for. */
  readonly more: string
}

/** From here two tables stand beside each other. */
const wideFrom = 160
const gap = '   '

const share = (part: number, whole: number) => (whole === 0 ? '' : `${Math.round((part / whole) * 100)} %`)

/** Everything at a glance, as wide as the terminal. */
export function renderOverview(overview: StatsOverview, layout: OverviewLayout): string {
  const { style, width, currency, today } = layout
  const measure = layout.measure ?? usualMeasure(overview.days)
  const about = `${measure} of the last year, by day`
  const sections = [
    usageTable('model', overview.models, layout),
    usageTable('project', overview.projects, layout),
    usageTable('agent', overview.agents, layout),
    toolTable(overview.tools, layout),
    sessionTable('dearest sessions', overview.dearest, layout),
    sessionTable('longest sessions', overview.longest, layout),
    fileTable(overview, layout),
  ].filter((lines) => lines.length > 1)
  const lines = [
    ...headLines(overview.total, layout),
    '',
    style.bold(about),
    ...yearLines(overview.days, measure, today, { style, width, currency }),
    ...columns(sections, width),
  ]
  if (overview.prices.length > 0)
    lines.push('', style.dim(`~ is what OpenCode noted no cost for, at the prices of ${overview.prices.join(' and ')}`))
  const { unpriced } = overview.total
  if (unpriced.length > 0)
    lines.push('', style.dim(truncate(`without a price: ${unpriced.map((model) => nameOf('model', model)).join(', ')}`, width)))
  lines.push(style.dim(layout.more))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function headLines(total: StatsFigures, { style, currency }: OverviewLayout): string[] {
  const { tokens, cost, time } = total
  const inputs = tokens.input + tokens.cacheRead + tokens.cacheWrite
  const money = [
    ...(cost.stored > 0 || cost.estimated === 0 ? [`${style.accent(amount(cost.stored, currency))} noted by OpenCode`] : []),
    ...(cost.estimated > 0 ? [`${style.accent(`~${amount(cost.estimated, currency)}`)} by the prices of models`] : []),
  ]
  const calls = total.failures > 0 ? ` (${share(total.failures, total.calls)} failed)` : ''
  const answers = [
    ...(total.failed > 0 ? [`${grouped(total.failed)} failed`] : []),
    ...(total.interrupted > 0 ? [`${grouped(total.interrupted)} stopped`] : []),
  ]
  return [
    money.join(', '),
    `${short(inputs)} tokens in (${share(tokens.cacheRead, inputs) || '0 %'} from the cache), ${short(tokens.output + tokens.reasoning)} out`,
    `${count(total.sessions, 'session')} (${grouped(total.subagents)} of subagents), ${count(total.answers, 'answer')}${answers.length > 0 ? ` (${answers.join(', ')})` : ''}, ${count(total.calls, 'call')} of tools${calls}`,
    `${span(time.active)} active${time.firstToken.median === null ? '' : `, an answer begins after ${span(time.firstToken.median)}`}`,
  ]
}

const half = ({ width }: OverviewLayout) => (width >= wideFrom ? Math.floor((width - gap.length) / 2) : width)

/** A head, and rows of which the first column is cut to what the others leave. */
function section(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  layout: OverviewLayout,
  cut = truncate,
): string[] {
  const { style } = layout
  if (rows.length === 0) return []
  const numbers = table([head.slice(1), ...rows.map((row) => row.slice(1))], [...head.slice(1).keys()])
  const room = half(layout) - Math.max(...numbers.map((line) => stringWidth(line))) - 2
  return numbers.map((line, at) => {
    const name = padEnd(cut((at === 0 ? head : rows[at - 1]!)[0]!, room), room)
    return at === 0 ? `${style.bold(name)}  ${style.dim(line)}` : `${name}  ${line}`
  })
}

const costs = (rows: readonly StatsRow[], currency: string) => {
  const hasStored = rows.some(({ cost }) => cost.stored > 0)
  const hasEstimated = rows.some(({ cost }) => cost.estimated > 0)
  const stored = ({ cost }: StatsRow) => (cost.stored > 0 ? amount(cost.stored, currency) : '')
  const estimated = ({ cost }: StatsRow) => (cost.estimated > 0 ? `~${amount(cost.estimated, currency)}` : '')
  return {
    head: [...(hasStored ? ['cost'] : []), ...(hasEstimated ? ['estimated'] : [])],
    of: (row: StatsRow) => [...(hasStored ? [stored(row)] : []), ...(hasEstimated ? [estimated(row)] : [])],
  }
}

const labelOf = (key: Key, { label }: StatsRow) => nameOf(key, typeof label === 'string' ? label : null)

function usageTable(key: Key, rows: readonly StatsRow[], layout: OverviewLayout): string[] {
  const money = costs(rows, layout.currency)
  return section(
    [`${key}s`, ...money.head, 'answers', 'in', 'cached', 'out'],
    rows.map((row) => {
      const { input, cacheRead, cacheWrite, output, reasoning } = row.tokens
      const inputs = input + cacheRead + cacheWrite
      return [
        labelOf(key, row),
        ...money.of(row),
        short(row.answers),
        short(inputs),
        share(cacheRead, inputs),
        short(output + reasoning),
      ]
    }),
    layout,
    key === 'project' ? truncateStart : truncate,
  )
}

function toolTable(rows: readonly StatsRow[], layout: OverviewLayout): string[] {
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

function sessionTable(name: string, rows: readonly StatsRow[], layout: OverviewLayout): string[] {
  const money = costs(rows, layout.currency)
  return section(
    [name, ...money.head, 'tokens', 'active', 'id'],
    rows.map((row) => {
      const { input, output, reasoning, cacheRead, cacheWrite } = row.tokens
      const tokens = short(input + output + reasoning + cacheRead + cacheWrite)
      return [
        labelOf('session', row),
        ...money.of(row),
        tokens,
        span(row.time.active),
        nameOf('session', String(row.key)).slice(0, 16),
      ]
    }),
    layout,
  )
}

function fileTable({ files }: StatsOverview, layout: OverviewLayout): string[] {
  return section(
    ['files touched most', 'edits', 'reads', 'sessions'],
    files.map(({ path, edits, reads, sessions }) => [shortPath(path), short(edits), short(reads), short(sessions)]),
    layout,
    truncateStart,
  )
}

/** Sections one below the other, or two beside each other where there is room. */
function columns(sections: readonly (readonly string[])[], width: number): string[] {
  if (width < wideFrom) return sections.flatMap((lines) => ['', ...lines])
  const room = Math.floor((width - gap.length) / 2)
  const lines: string[] = []
  for (let at = 0; at < sections.length; at += 2) {
    const [left, right = []] = [sections[at]!, sections[at + 1]]
    lines.push('')
    for (let row = 0; row < Math.max(left.length, right.length); row++)
      lines.push(`${padEnd(left[row] ?? '', room)}${gap}${right[row] ?? ''}`)
  }
  return lines
}
