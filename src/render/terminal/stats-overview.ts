import type { StatsOverview } from '../../stats/answers.ts'
import type { Key } from '../../stats/key-names.ts'
import type { StatsFigures, StatsRow } from '../../stats/rows.ts'
import { amount, share, short, span } from '../facts/stats-words.ts'
import { padEnd, truncate, truncateStart } from '../layout.ts'
import { count, grouped } from '../words.ts'
import { costs, fileTable, gap, labelOf, section, toolTable, wideFrom } from './stats-sections.ts'
import { nameOf, type StatsLayout } from './stats-table.ts'
import { type Measure, usualMeasure, yearLines } from './stats-year.ts'

export interface OverviewLayout extends StatsLayout {
  readonly measure?: Measure | undefined
  /** `2026-11-28`, where the person lives. */
  readonly today: string
  /** How more is asked for, a line each. */
  readonly more: readonly string[]
}

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
    fileTable(overview.files, layout),
  ].filter((lines) => lines.length > 1)
  const lines = [
    ...headLines(overview.total, layout),
    '',
    style.bold(about),
    ...yearLines(overview.days, measure, today, { style, width, currency }),
    ...columns(sections, width),
  ]
  const { messages } = overview.repeated
  if (messages > 0) lines.push('', style.dim(`${count(messages, 'message')} that forks repeat count where they were written`))
  if (overview.prices.length > 0)
    lines.push('', style.dim(`~ is what OpenCode noted no cost for, at the prices of ${overview.prices.join(' and ')}`))
  const { unpriced } = overview.total
  if (unpriced.length > 0)
    lines.push('', style.dim(truncate(`without a price: ${unpriced.map((model) => nameOf('model', model)).join(', ')}`, width)))
  lines.push('', ...layout.more.map((line) => style.dim(line)))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

/** What was used, in four lines. */
export function headLines(total: StatsFigures, { style, currency }: StatsLayout): string[] {
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
    `${count(total.sessions, 'session')} (${grouped(total.subagents)} of subagents), ${count(total.answers, 'answer')}${answers.length > 0 ? ` (${answers.join(', ')})` : ''}`,
    `${count(total.calls, 'call')} of tools${calls}, ${span(time.active)} active${time.firstToken.median === null ? '' : `, an answer begins after ${span(time.firstToken.median)}`}`,
  ]
}

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
    { cut: key === 'project' ? truncateStart : truncate },
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
