import { stats } from '../api/stats.ts'
import type { StatsFigures } from '../stats/rows.ts'
import { fitted, notice } from './answer.ts'
import type { Recall } from './memory.ts'
import type { Answer, Asked } from './questions.ts'
import { quoted, shortLine } from './quote.ts'

/** Bytes of an answer. */
const budget = 4096

/** What sessions used, in all and by rows. @throws OcvaultError `usage` for a time that is none */
export async function sessionStats(
  recall: Recall,
  { by, since, until, project, limit }: Asked<'session_stats'>,
): Promise<Answer<'session_stats'>> {
  const request = {
    ...(by && { by: [by] }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(project !== undefined && { project }),
  }
  const { total, rows } = await stats(recall.catalog, request, recall.signal ? { signal: recall.signal } : {})
  const told = rows.slice(0, limit)
  // Keys and labels are names and titles, as sessions have them.
  const words = await quoted(
    told.flatMap(({ key, label }) => [String(key ?? ''), String(label ?? '')]),
    recall.redact,
  )
  const lines = told.map((row, index) => ({
    key: row.key === null ? null : shortLine(words[2 * index]!, 120),
    label: row.label === null ? null : shortLine(words[2 * index + 1]!, 120),
    ...figures(row),
  }))
  return fitted(
    lines.length,
    [(index) => lines[index]!],
    (shown) => ({ notice, total: figures(total), rows: [...shown], capped: shown.length < rows.length }),
    budget,
  )
}

const cents = (dollars: number) => Math.round(dollars * 10_000) / 10_000

function figures({ sessions, messages, prompts, answers, calls, failures, tokens, cost, time }: StatsFigures) {
  const { input, output, cacheRead, cacheWrite } = tokens
  return {
    sessions,
    messages,
    prompts,
    answers,
    calls,
    failures,
    tokens: { input, output, cacheRead, cacheWrite },
    cost: cents(cost.stored),
    estimatedCost: cents(cost.estimated),
    activeMinutes: Math.round(time.active / 60_000),
  }
}
