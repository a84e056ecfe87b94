import { safeJSON } from '../render/safe-text.ts'
import { renderWhere, whereJSON, whereReport } from '../render/where.ts'
import type { CommonFlags } from './flags.ts'
import { resolveSession, withCatalog } from './selection.ts'
import { styleFor, widthOf } from './terminal.ts'

/** `ocvault where`. */
export async function where(name: string | undefined, flags: CommonFlags): Promise<void> {
  await withCatalog(flags, async (catalog) => {
    const session = name === undefined ? null : await resolveSession(catalog, name, flags)
    const report = whereReport(catalog, session)
    const layout = { style: styleFor(process.stdout, flags), width: widthOf(process.stdout) }
    process.stdout.write(flags.json ? `${safeJSON(whereJSON(report))}\n` : renderWhere(report, layout))
  })
}
