import { stats as askStats, type Stats } from '../api/stats.ts'
import { OcvaultError } from '../base/errors.ts'
import { statsCSV } from '../render/csv.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { statsTable } from '../render/terminal/stats-table.ts'
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
  const by = keysIn(flags.by)
  const progress = new ProgressLine(flags)
  await withCatalog(flags, async (catalog) => {
    const request = { ...selectionOf(text, flags), by, tz, limit }
    const found = await askStats(catalog, request, { progress: (at) => progress.update('reading', at) }).finally(() =>
      progress.clear(),
    )
    await print(found, flags)
    for (const { sessionID, messageID, field, value } of found.oddities) {
      process.stderr.write(`ocvault: left out ${safeLine(`${field} ${value} of message ${messageID} in session ${sessionID}`)}\n`)
    }
    if (found.total.sessions === 0) process.exitCode = exitCode.notFound
  })
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

async function print(found: Stats, flags: StatsFlags): Promise<void> {
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(found)}\n`)
  else if (flags.csv) for (const line of statsCSV(found.by, found.rows)) await out.write(line)
  else {
    const layout = { style: styleFor(process.stdout, flags), width: widthOf(process.stdout), currency: flags.currency ?? '$' }
    for (const line of statsTable(found.by, found.rows, found.total, layout)) await out.write(`${line}\n`)
  }
  await out.flush()
}
