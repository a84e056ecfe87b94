import { dirname, join, resolve } from 'node:path'
import { type StatusLine, statusLine } from '../api/status-line.ts'
import { makeFolder, writeAtomically } from '../base/files.ts'
import { modelsFile } from '../opencode/data-dirs.ts'
import { amount, short } from '../render/facts/stats-words.ts'
import { truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { titleOf } from '../render/words.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import { keeping } from './kept-line.ts'
import { directoryOf, withCatalog } from './selection.ts'
import { widthOf } from './terminal.ts'
import type { StatsFlags } from './verbs/stats.ts'

/** `ocvault stats --statusline`. */
export async function printStatusLine(flags: StatsFlags): Promise<void> {
  // A status bar asks all the time: only for what is at hand.
  await withCatalog({ ...flags, archives: false }, async (catalog) => {
    const project = directoryOf(flags)
    const files = filesOf(catalog, project)
    const kept = files && keeping(process.argv.slice(2), files)
    const line = await statusLine(catalog, { project, tz: flags.tz })
    const text = flags.json ? safeJSON(line) : truncate(lineOf(line, flags.currency ?? '$'), widthOf(process.stdout))
    process.stdout.write(`${text}\n`)
    if (kept && catalog.problems().length === 0) keep(kept.path, kept.content(`${text}\n`))
  })
}

/** What a line is made of: the stores, prices, and what tells which project a directory belongs to. */
function filesOf(catalog: Catalog, directory: string | undefined): string[] | undefined {
  const files = catalog.files()
  if (!files) return undefined
  const above: string[] = []
  for (let at = directory && resolve(directory); at !== undefined && at !== above.at(-1); at = dirname(at)) above.push(at)
  const git = above.flatMap((at) => ['', 'config', 'opencode'].map((name) => join(at, '.git', name)))
  return [...files, ...git, modelsFile(thisMachine())]
}

/** Where it cannot be kept, it is made anew each time. */
function keep(path: string, content: string): void {
  try {
    makeFolder(dirname(path))
    writeAtomically(path, [Buffer.from(content)], { sync: false })
  } catch {
    // A full disk, or a folder that is not ours.
  }
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
