import type { AnswerFigures, SessionStats } from '../../stats/answers.ts'
import { amount, share, short, span } from '../facts/stats-words.ts'
import { safeLine } from '../safe-text.ts'
import { dateTime, shortPath, titleOf } from '../words.ts'
import { headLines } from './stats-overview.ts'
import { costs, fileTable, section, toolTable } from './stats-sections.ts'
import type { StatsLayout } from './stats-table.ts'

/** Cells of the bar that shows how the context grew, and how wide a terminal must be to have the longer one. */
const barCells = { short: 8, long: 16, longFrom: 100 }
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** One session: its tree, and answer by answer what each used. */
export function renderSessionStats(found: SessionStats, layout: StatsLayout): string {
  const { style, width } = layout
  const { session, total, tree, tools, files, answers } = found
  const money = costs(tree, layout.currency)
  const treeRows = tree.map((row) => {
    const { input, cacheRead, cacheWrite, output, reasoning } = row.tokens
    const inputs = input + cacheRead + cacheWrite
    const name = `${row.depth > 0 ? `${'  '.repeat(row.depth - 1)}└ ` : ''}${titleOf(row)}`
    const numbers = [short(row.answers), short(inputs), share(cacheRead, inputs), short(output + reasoning), short(row.calls)]
    return [name, ...money.of(row), ...numbers, span(row.time.active)]
  })
  // Everything stands in one column: an answer's line needs the room.
  const narrow = { ...layout, width: Math.min(width, 120) }
  const lines = [
    style.bold(titleOf(session)),
    style.dim(`${safeLine(session.id)}${session.directory === null ? '' : ` · ${shortPath(session.directory)}`}`),
    '',
    ...headLines(total, layout),
    '',
    ...section(['session', ...money.head, 'answers', 'in', 'cached', 'out', 'calls', 'active'], treeRows, narrow),
    '',
    ...answerLines(answers, narrow),
    ...after(toolTable(tools, narrow)),
    ...after(fileTable(files, narrow)),
  ]
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

const after = (lines: readonly string[]) => (lines.length > 1 ? ['', ...lines] : [])

function answerLines(answers: readonly AnswerFigures[], layout: StatsLayout): string[] {
  const { currency, style } = layout
  const longest = Math.max(1, ...answers.map(({ context }) => context))
  const bar = (context: number) => {
    const cells = (context / longest) * (layout.width < barCells.longFrom ? barCells.short : barCells.long)
    return style.code(`${'█'.repeat(Math.floor(cells))}${eighths[Math.floor((cells % 1) * 8)]}`)
  }
  const money = ({ cost }: AnswerFigures) => {
    if (cost.stored > 0) return amount(cost.stored, currency)
    return cost.estimated === null ? '?' : cost.estimated > 0 ? `~${amount(cost.estimated, currency)}` : ''
  }
  const took = ({ time }: AnswerFigures) =>
    time.created === null || time.completed === null ? '' : span(Math.max(0, time.completed - time.created))
  const state = ({ error, interrupted, kind, tools, failures }: AnswerFigures) => {
    if (error !== null && !interrupted) return style.bad(safeLine(error))
    if (interrupted) return style.warn('stopped')
    const calls = Array.from(
      Map.groupBy(tools, (tool) => tool),
      ([tool, all]) => (all.length > 1 ? `${tool} ×${all.length}` : tool),
    )
    const failed = failures > 0 ? style.warn(` (${failures} failed)`) : ''
    return `${kind === 'answer' ? '' : `${kind} `}${safeLine(calls.join(', '))}${failed}`
  }
  const rows = answers.map((answer) => {
    const { time, model, context, tokens } = answer
    const when = time.created === null ? '' : dateTime(time.created)
    // The provider is in the rows by model; here the model has the room.
    const name = `${when}  ${safeLine(model?.slice(model.indexOf('/') + 1) ?? '')}`
    return [
      name,
      money(answer),
      short(context),
      bar(context),
      short(tokens.output + tokens.reasoning),
      took(answer),
      state(answer),
    ]
  })
  return section(['answers', 'cost', 'context', '', 'out', 'took', ''], rows, layout, { left: [3, 6] })
}
