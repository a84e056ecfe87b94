import { dayAfter, weekdayOf } from '../../stats/clock.ts'
import type { StatsRow } from '../../stats/rows.ts'
import { amount, short } from '../facts/stats-words.ts'
import type { Style } from './style.ts'

/** What a cell of the year is as dark as. */
export type Measure = 'cost' | 'tokens' | 'sessions'

interface YearLayout {
  readonly style: Style
  readonly width: number
  readonly currency: string
}

const weeks = 53
const labelCells = 5
const shades = ['·', '░', '▒', '▓', '█']
const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** What was noted, and where nothing was, what it would have been: only to see when there was much. */
const measures: Record<Measure, (row: StatsRow) => number> = {
  cost: ({ cost }) => cost.stored + cost.estimated,
  tokens: ({ tokens }) => tokens.input + tokens.output + tokens.reasoning + tokens.cacheRead + tokens.cacheWrite,
  sessions: ({ sessions }) => sessions,
}

/** Cost, where any day has one; else tokens. */
export const usualMeasure = (days: readonly StatsRow[]): Measure =>
  days.some((day) => measures.cost(day) > 0) ? 'cost' : 'tokens'

/**
 * The last year: a column for each week and a line for each weekday, darker where more was used, and under it sparklines of the
 * same weeks.
 * @param today `2026-11-28`
 */
export function yearLines(days: readonly StatsRow[], measure: Measure, today: string, layout: YearLayout): string[] {
  const { style, width, currency } = layout
  const byDay = new Map(days.map((row) => [String(row.key), row]))
  const monday = dayAfter(today, -weekdayOf(today) - 7 * (weeks - 1))
  const valueOn = (day: string, of: Measure) => (byDay.has(day) ? measures[of](byDay.get(day)!) : 0)
  const column = (week: number) => [0, 1, 2, 3, 4, 5, 6].map((weekday) => dayAfter(monday, week * 7 + weekday))
  const columns = [...new Array(weeks).keys()].map(column)
  const levels = quartiles(columns.flat().map((day) => valueOn(day, measure)))
  const wide = width >= labelCells + weeks * 2 ? 2 : 1
  const cell = (day: string) => {
    if (day > today) return ' '.repeat(wide)
    const value = valueOn(day, measure)
    const shade = shades[value === 0 ? 0 : 1 + levels.filter((level) => value > level).length]!
    return value === 0 ? style.dim(shade) + ' '.repeat(wide - 1) : style.good(shade.repeat(wide))
  }
  const lines = [' '.repeat(labelCells) + style.dim(monthNames(columns, wide))]
  for (const [weekday, name] of ['Mon', '', 'Wed', '', 'Fri', '', 'Sun'].entries()) {
    lines.push(
      style.dim(name.padEnd(labelCells)) +
        columns
          .map((week) => cell(week[weekday]!))
          .join('')
          .trimEnd(),
    )
  }
  for (const each of ['cost', 'tokens', 'sessions'] as const) {
    const sums = columns.map((week) => week.reduce((sum, day) => sum + valueOn(day, each), 0))
    const most = Math.max(...sums)
    if (most === 0) continue
    const bar = (sum: number) => (sum === 0 ? ' ' : bars[Math.min(7, Math.floor((sum / most) * 7.999))]!).repeat(wide)
    const best = each === 'cost' ? amount(most, currency) : short(most)
    const name = { cost: 'cost', tokens: 'tok.', sessions: 'ses.' }[each]
    lines.push(`${style.dim(name.padEnd(labelCells))}${style.code(sums.map(bar).join(''))} ${style.dim(`≤ ${best} a week`)}`)
  }
  return lines
}

/** Three values between which a quarter each of those that are not 0 lies. */
function quartiles(values: readonly number[]): number[] {
  const some = values.filter((value) => value > 0).sort((a, b) => a - b)
  return [0.25, 0.5, 0.75].map((share) => some[Math.ceil(some.length * share) - 1] ?? 0)
}

/** A month's name over the week of its first day, where there is room. */
function monthNames(columns: readonly (readonly string[])[], wide: number): string {
  let line = ''
  for (const [at, week] of columns.entries()) {
    const first = week.find((day) => day.endsWith('-01'))
    if (first === undefined || line.length > at * wide) continue
    line = `${line.padEnd(at * wide)}${months[Number(first.slice(5, 7)) - 1]} `
  }
  return line.trimEnd()
}
