import { databaseFromEnv, dataDirs, homeFolder } from '../opencode/data-dirs.ts'
import { whereReport } from '../render/facts/where-report.ts'
import { whereJSON } from '../render/json/where-json.ts'
import { safeJSON } from '../render/safe-text.ts'
import { renderWhere } from '../render/terminal/where.ts'
import { shortPath } from '../render/words.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import { more } from './hints.ts'
import { resolveSession, withCatalog } from './selection.ts'
import { hint, styleFor, widthOf } from './terminal.ts'
import type { WhereFlags } from './verbs/where.ts'

/** `ocvault where`. */
export async function where(name: string | undefined, flags: WhereFlags): Promise<void> {
  await withCatalog(flags, async (catalog) => {
    const session = name === undefined ? null : await resolveSession(catalog, name, flags)
    const report = whereReport(catalog, session)
    const layout = { style: styleFor(process.stdout, flags), width: widthOf(process.stdout), more: more.stranded }
    process.stdout.write(flags.json ? `${safeJSON(whereJSON(report))}\n` : renderWhere(report, layout))
    if (report.stores.length === 0 && !flags.root) hint(`looked in ${placesLookedIn()}; --root DIR reads another place`, flags)
  })
}

/** Where this machine's stores would be. */
function placesLookedIn(): string {
  const machine = thisMachine()
  const named = databaseFromEnv(machine)
  return [...(named ? [named] : []), ...dataDirs(machine), homeFolder(machine)].map((path) => shortPath(path)).join(', ')
}
