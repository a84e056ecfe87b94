import { timeOf } from '../api/sessions.ts'
import { stats as askStats, sessionStats, statsOverview } from '../api/stats.ts'
import { OcvaultError } from '../base/errors.ts'
import { statsCSV } from '../render/csv.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { renderOverview } from '../render/terminal/stats-overview.ts'
import { renderSessionStats } from '../render/terminal/stats-session.ts'
import { statsTable } from '../render/terminal/stats-table.ts'
import type { SessionStats, Stats, StatsAbout, StatsOverview } from '../stats/answers.ts'
import { Clock } from '../stats/clock.ts'
import { slotMs } from '../stats/figures.ts'
import { type Key, keys } from '../stats/key-names.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { directoryFor, selectionOf, withCatalog } from './selection.ts'
import { Output, styleFor, widthOf } from './terminal.ts'
import type { StatsFlags } from './verbs/stats.ts'

/** `ocvault stats`. */
export async function stats(text: readonly string[], flags: StatsFlags): Promise<void> {
  const { tz, limit } = flags
  if (flags.csv && flags.json) throw new OcvaultError('usage', '--csv and --json exclude each other')
  if (flags.csv && flags.by === undefined) throw new OcvaultError('usage', '--csv prints rows: say by what with --by')
  const by = keysIn(flags.by)
  if (flags.statusline) {
    const { printStatusLine } = await import('./status-line.ts')
    return printStatusLine(flags)
  }
  const progress = new ProgressLine(flags)
  const watch = { progress: (at: { done: number; sessions: number }) => progress.update('reading', at) }
  await withCatalog(flags, async (catalog) => {
    const session = sessionIn(catalog, text)
    if (session !== undefined) {
      if (by.length > 0) throw new OcvaultError('usage', '--by is of many sessions; of one there is a row for each answer')
      await printSession(await sessionStats(catalog, { session, project: directoryFor([session], flags), tz }), flags)
      return
    }
    const request = { ...selectionOf(text, flags), by, tz, limit }
    const asked = by.length > 0 ? askStats(catalog, request, watch) : statsOverview(catalog, request, watch)
    const found = await asked.finally(() => progress.clear())
    await print(found, flags, request.until === undefined ? Date.now() : timeOf(request.until) - 1)
    if (found.total.sessions === 0) nothing(flags)
  })
}

/** With fewer characters a word is looked for in titles, although the id of a session may begin so. */
const shortestID = 8

/** The session that is meant, if one is, by its id or the beginning of it, or as `latest`. Other words stand in titles. */
function sessionIn(catalog: Catalog, words: readonly string[]): string | undefined {
  const [word] = words
  if (word === undefined || words.length > 1) return undefined
  if (word === 'latest' || word.startsWith('ses_')) return word
  if (word.length < shortestID) return undefined
  try {
    return catalog.resolve(word)
  } catch {
    return undefined
  }
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

/** @param end the last moment that is asked for, in ms since the epoch: the year that is shown ends there */
async function print(found: Stats | StatsOverview, flags: StatsFlags, end: number): Promise<void> {
  const out = new Output()
  const layout = { style: styleFor(process.stdout, flags), width: widthOf(process.stdout), currency: flags.currency ?? '$' }
  if (flags.json) await out.write(`${safeJSON(found)}\n`)
  else if (!('by' in found)) {
    const width = Number.isFinite(layout.width) ? layout.width : usualWidth
    const more = ['ocvault stats --by month,model has rows by other keys', 'ocvault stats <session> has one, answer by answer']
    const today = new Clock(found.tz).at(Math.floor(end / slotMs)).day
    if (found.total.sessions > 0) await out.write(renderOverview(found, { ...layout, width, measure: flags.heat, today, more }))
  } else if (flags.csv) for (const line of statsCSV(found.by, found.rows)) await out.write(line)
  else for (const line of statsTable(found.by, found.rows, found.total, layout)) await out.write(`${line}\n`)
  await out.flush()
  nameOddities(found)
}

async function printSession(found: SessionStats, flags: StatsFlags): Promise<void> {
  const out = new Output()
  const width = widthOf(process.stdout)
  const layout = {
    style: styleFor(process.stdout, flags),
    width: Number.isFinite(width) ? width : 120,
    currency: flags.currency ?? '$',
  }
  await out.write(flags.json ? `${safeJSON(found)}\n` : renderSessionStats(found, layout))
  await out.flush()
  nameOddities(found)
}

function nameOddities({ oddities }: StatsAbout): void {
  for (const { sessionID, messageID, field, value } of oddities) {
    process.stderr.write(`ocvault: left out ${safeLine(`${field} ${value} of message ${messageID} in session ${sessionID}`)}\n`)
  }
}
