import { type StatusLine, statusLine } from '../api/status-line.ts'
import { amount, short } from '../render/facts/stats-words.ts'
import { truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { titleOf } from '../render/words.ts'
import { directoryOf, withCatalog } from './selection.ts'
import { widthOf } from './terminal.ts'
import type { StatsFlags } from './verbs/stats.ts'

/** `ocvault stats --statusline`. */
export async function printStatusLine(flags: StatsFlags): Promise<void> {
  await withCatalog(flags, async (catalog) => {
    const line = await statusLine(catalog, { project: directoryOf(flags), tz: flags.tz })
    const text = flags.json ? safeJSON(line) : truncate(lineOf(line, flags.currency ?? '$'), widthOf(process.stdout))
    process.stdout.write(`${text}\n`)
  })
}

/** How much of a title a status bar has room for. */
const titleCells = 24

function lineOf({ today, latest }: StatusLine, currency: string): string {
  const { stored, estimated, tokens } = today
  const money = [
    ...(stored > 0 || estimated === 0 ? [amount(stored, currency)] : []),
    ...(estimated > 0 ? [`~${amount(estimated, currency)}`] : []),
  ]
  const pieces = [`${money.join(' + ')} today, ${short(tokens)} tokens`]
  if (latest) {
    const context = latest.context === null ? '' : `, ${short(latest.context)} context`
    const model = latest.model === null ? '' : `, ${safeLine(latest.model)}`
    pieces.push(`${truncate(titleOf(latest), titleCells)}: ${amount(latest.cost, currency)}${context}${model}`)
  }
  return pieces.join(' · ')
}
