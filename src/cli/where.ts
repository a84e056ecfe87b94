import { placesLookedIn, whereStands } from '../api/where.ts'
import type { WhereReport } from '../render/facts/where-report.ts'
import { whereJSON } from '../render/json/where-json.ts'
import { safeJSON } from '../render/safe-text.ts'
import { quotedWord } from '../render/shell-word.ts'
import { renderWhere } from '../render/terminal/where.ts'
import { shortPath } from '../render/words.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { more } from './hints.ts'
import { directoryFor, withCatalog } from './selection.ts'
import { hint, styleFor, widthOf } from './terminal.ts'
import type { WhereFlags } from './verbs/where.ts'

/** `ocvault where`. */
export async function where(name: string | undefined, flags: WhereFlags): Promise<void> {
  await withCatalog(flags, async (catalog) => {
    const { check, deep } = flags
    const report = await whereStands(catalog, { session: name, project: directoryFor([name ?? ''], flags), check, deep })
    const layout = {
      style: styleFor(process.stdout, flags),
      width: widthOf(process.stdout),
      more: more.stranded,
      cure: (inUse: boolean) => rescueWords(flags, inUse),
    }
    process.stdout.write(flags.json ? `${safeJSON(whereJSON(withUsage(catalog, report)))}\n` : renderWhere(report, layout))
    if (report.stores.length === 0 && !flags.root) {
      const places = placesLookedIn().map((path) => shortPath(path))
      hint(`looked in ${places.join(', ')}; --root DIR reads another place`, flags)
    }
  })
}

/** The command that brings stranded sessions back. */
function rescueWords({ root }: WhereFlags, inUse: boolean): string {
  const command = `ocvault rescue${root?.length === 1 ? ` --root ${quotedWord(root[0]!)}` : ''}`
  return inUse
    ? `${command} brings them into the database in use`
    : `no OpenCode here has a database yet: start it once, and ${command} brings them there`
}

/** What sessions used is looked up only where it is printed. */
function withUsage(catalog: Catalog, report: WhereReport): WhereReport {
  const { session, stranded } = report
  const told = catalog.withUsage(stranded.map((one) => one.session))
  return {
    ...report,
    session: session && catalog.withUsage([session])[0]!,
    stranded: stranded.map(({ reason }, at) => ({ session: told[at]!, reason })),
  }
}
