import { stats as askStats, statsOverview } from '../api/stats.ts'
import { OcvaultError } from '../base/errors.ts'
import { statsCSV } from '../render/csv.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { renderOverview } from '../render/terminal/stats-overview.ts'
import { statsTable } from '../render/terminal/stats-table.ts'
import type { Stats, StatsOverview } from '../stats/answers.ts'
import { Clock } from '../stats/clock.ts'
import { slotMs } from '../stats/figures.ts'
import { type Key, keys } from '../stats/key-names.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { selectionOf, withCatalog } from './selection.ts'
import { Output, styleFor, widthOf } from './terminal.ts'
import type { StatsFlags } from './verbs/stats.ts'

/** `ocvault stats`. */
export async function stats(text: readonly string[], flags: StatsFlags): Promise<void> {
  const { tz, limit } = flags
  if (flags.csv && flags.json) throw new OcvaultError('usage', '--csv and --json exclude each other')
  if (flags.csv && flags.by === undefined) throw new OcvaultError('usage', '--csv prints rows: say by what with --by')
  const by = keysIn(flags.by)
  const progress = new ProgressLine(flags)
  const watch = { progress: (at: { done: number; sessions: number }) => progress.update('reading', at) }
  await withCatalog(flags, async (catalog) => {
    const request = { ...selectionOf(text, flags), by, tz, limit }
    const asked = by.length > 0 ? askStats(catalog, request, watch) : statsOverview(catalog, request, watch)
    const found = await asked.finally(() => progress.clear())
    await print(found, flags)
    for (const { sessionID, messageID, field, value } of found.oddities) {
      process.stderr.write(`ocvault: left out ${safeLine(`${field} ${value} of message ${messageID} in session ${sessionID}`)}\n`)
    }
    if (found.total.sessions === 0) nothing(flags)
  })
}

function nothing(flags: StatsFlags): void {
  const everywhere = flags.all || flags.root !== undefined || flags.project !== undefined
  const elsewhere = everywhere ? '' : ' in this directory’s project; ocvault stats --all looks in all projects'
  if (!flags.quiet) process.stderr.write(`ocvault: nothing to count${elsewhere}\n`)
  process.exitCode = exitCode.notFound
}

/** @throws OcvaultError `usage` for what is no key */
function keysIn(text: string | undefined): Key[] {
  if (text === undefined) return []
  const named = text.split(',').map((name) => name.trim())
  for (const name of named) {
    if (!keys.some((key) => key === name)) {
      throw new OcvaultError('usage', `--by takes ${keys.join(', ')}, not ${JSON.stringify(name)}`)
    }
  }
  if (named.length > 2 || new Set(named).size < named.length)
    throw new OcvaultError('usage', '--by takes one key, or two that differ')
  return named as Key[]
}

/** Where nobody looks, an overview is as wide as a usual terminal. */
const usualWidth = 80

async function print(found: Stats | StatsOverview, flags: StatsFlags): Promise<void> {
  const out = new Output()
  const layout = { style: styleFor(process.stdout, flags), width: widthOf(process.stdout), currency: flags.currency ?? '$' }
  if (flags.json) await out.write(`${safeJSON(found)}\n`)
  else if (!('by' in found)) {
    const width = Number.isFinite(layout.width) ? layout.width : usualWidth
    const more = 'ocvault stats --by month,model has rows by other keys; ocvault stats <session> one session'
    const today = new Clock(found.tz).at(Math.floor(Date.now() / slotMs)).day
    if (found.total.sessions > 0) await out.write(renderOverview(found, { ...layout, width, measure: flags.heat, today, more }))
  } else if (flags.csv) for (const line of statsCSV(found.by, found.rows)) await out.write(line)
  else for (const line of statsTable(found.by, found.rows, found.total, layout)) await out.write(`${line}\n`)
  await out.flush()
}
