import type { Key } from '../stats/key-names.ts'
import type { StatsRow } from '../stats/rows.ts'

/** Quoted where it must be. What a spreadsheet would take for a formula gets an apostrophe: text in a store is a stranger's. */
function field(value: string | number | null): string {
  if (value === null) return ''
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const listOf = (value: StatsRow['key']) => (typeof value === 'string' || value === null ? [value] : value)

/** Rows as CSV (RFC 4180): the keys, what a person calls them, and every figure in a column of its own. */
export function* statsCSV(by: readonly Key[], rows: Iterable<StatsRow>): Iterable<string> {
  const keyed = by.flatMap((key) => (key === 'project' || key === 'session' ? [key, `${key} name`] : [key]))
  const figures = [
    ...['sessions', 'subagents', 'messages', 'prompts', 'answers', 'failed', 'interrupted', 'reverted', 'calls', 'failures'],
    ...['bytes', 'input', 'output', 'reasoning', 'cache_read', 'cache_write', 'cost_stored', 'cost_estimated', 'unpriced'],
    ...['active_ms', 'wall_ms', 'answers_ms', 'tools_ms', 'first_token_median_ms', 'call_median_ms', 'call_p95_ms'],
  ]
  yield `${[...keyed, ...figures].join(',')}\r\n`
  for (const row of rows) {
    const labels = listOf(row.label)
    const names = listOf(row.key).flatMap((value, at) =>
      ['project', 'session'].includes(by[at]!) ? [value, labels[at]!] : [value],
    )
    const { sessions, subagents, messages, prompts, answers, failed, interrupted, reverted, calls, failures, bytes } = row
    const { input, output, reasoning, cacheRead, cacheWrite } = row.tokens
    const { active, wall, answers: answering, tools, firstToken, call } = row.time
    const values = [
      ...[...names, sessions, subagents, messages, prompts, answers, failed, interrupted, reverted, calls, failures, bytes],
      ...[input, output, reasoning, cacheRead, cacheWrite, row.cost.stored, row.cost.estimated, row.unpriced.join(' ')],
      ...[active, wall, answering, tools, firstToken.median, call.median, call.p95],
    ]
    yield `${values.map(field).join(',')}\r\n`
  }
}
