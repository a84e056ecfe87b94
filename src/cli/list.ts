import { type Listed, listSessions } from '../api/sessions.ts'
import { titled } from '../conversation/opening.ts'
import { sessionJSON } from '../render/json/session-json.ts'
import { safeJSON } from '../render/safe-text.ts'
import { sessionLine } from '../render/terminal/session-list.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { pinnedSessions } from '../stores/catalog/pinned.ts'
import { exitCode } from './exit-code.ts'
import { selectionOf, withCatalog } from './selection.ts'
import { hint, Output, styleFor, widthOf } from './terminal.ts'
import type { ListFlags } from './verbs/list.ts'

/** `ocvault list`. */
export async function list(text: readonly string[], flags: ListFlags): Promise<void> {
  const usual = process.stdout.isTTY && !flags.json ? 50 : 0
  const limit = (flags.limit === undefined ? usual : flags.limit) || Number.POSITIVE_INFINITY
  await withCatalog(flags, async (catalog) => {
    const { tree, subagents, sort } = flags
    const request = { ...selectionOf(text, flags), tree, subagents, sort, usage: flags.json }
    const shown = await print(
      catalog,
      await listSessions(catalog, request),
      pinnedSessions(catalog),
      limit,
      request.project === undefined,
      flags,
    )
    if (shown === 0) nothing(catalog, flags)
    else if (shown > limit) hint(`\n${limit} shown, there are more: --limit 0 shows all`, flags)
    else hint('\nocvault show <id> reads one; the beginning of an id will do', flags)
  })
}

/** Prints up to `limit` sessions and returns how many there were to print; of those beyond the limit it asks for one only. */
async function print(
  catalog: Catalog,
  sessions: Iterable<Listed>,
  pinned: ReadonlySet<string>,
  limit: number,
  directories: boolean,
  flags: ListFlags,
): Promise<number> {
  const layout = { style: styleFor(process.stdout, flags), width: widthOf(process.stdout), directories, pinned }
  const out = new Output()
  let count = 0
  if (flags.json) await out.write('[')
  for (const [session, depth] of sessions) {
    if (++count > limit) break
    const json = () =>
      `${count > 1 ? ',' : ''}\n${safeJSON({ ...sessionJSON(session), ...(pinned.has(session.id) && { pinned: true }) })}`
    const full = out.write(flags.json ? json() : `${sessionLine(titled(catalog, session), depth, layout)}\n`)
    if (full) await full
  }
  if (flags.json) await out.write(count > 0 ? '\n]\n' : ']\n')
  await out.flush()
  return count
}

function nothing(catalog: Catalog, flags: ListFlags): void {
  const everywhere = flags.all || flags.root !== undefined || flags.project !== undefined
  const elsewhere = everywhere ? '' : ' in this directory’s project; ocvault list --all looks in all projects'
  const none = 'no OpenCode session on this machine; ocvault where says where they were looked for'
  if (!flags.quiet) process.stderr.write(`ocvault: ${catalog.stores.length === 0 ? none : `no session matches${elsewhere}`}\n`)
  process.exitCode = exitCode.notFound
}
