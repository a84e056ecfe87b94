import { safeJSON } from '../render/safe-text.ts'
import { sessionJSON } from '../render/session-json.ts'
import { sessionLine } from '../render/session-list.ts'
import type { Catalog, CatalogFilter, Session } from '../stores/catalog.ts'
import type { SessionSort } from '../stores/store.ts'
import { exitCode } from './exit-code.ts'
import { filterFor, openFor, type SelectionFlags } from './selection.ts'
import { hint, Output, reportProblems, styleFor, widthOf } from './terminal.ts'
import { parseCount } from './time.ts'

interface ListFlags extends SelectionFlags {
  readonly subagents?: boolean
  readonly tree?: boolean
  readonly sort: SessionSort
  readonly limit?: string
}

/** `ocvault list`. */
export async function list(text: readonly string[], flags: ListFlags): Promise<void> {
  const onTerminal = process.stdout.isTTY && !flags.json
  const limit =
    (flags.limit === undefined ? (onTerminal ? 50 : 0) : parseCount('--limit', flags.limit)) || Number.POSITIVE_INFINITY
  const catalog = openFor(flags)
  const filter = { ...(await filterFor(catalog, text, flags)), sort: flags.sort, roots: flags.tree || !flags.subagents }
  const layout = {
    style: styleFor(process.stdout, flags),
    width: widthOf(process.stdout),
    directories: filter.project === undefined,
  }
  const out = new Output()
  let shown = 0
  let more = false
  if (flags.json) await out.write('[')
  for (const [session, depth] of selected(catalog, filter, flags.tree ?? false)) {
    if (shown === limit) {
      more = true
      break
    }
    await out.write(
      flags.json ? `${shown > 0 ? ',' : ''}\n${safeJSON(sessionJSON(session))}` : `${sessionLine(session, depth, layout)}\n`,
    )
    shown++
  }
  if (flags.json) await out.write(shown > 0 ? '\n]\n' : ']\n')
  await out.flush()
  if (shown === 0) nothing(flags)
  else if (more) hint(`\n${shown} shown, there are more: --limit 0 shows all`, flags)
  else hint('\nocvault show <id> reads one; the beginning of an id will do', flags)
  reportProblems(catalog)
  catalog.close()
}

function* selected(catalog: Catalog, filter: CatalogFilter, tree: boolean): Iterable<readonly [Session, number]> {
  for (const session of catalog.sessions(filter)) {
    if (tree) yield* catalog.tree(session)
    else yield [session, 0]
  }
}

function nothing(flags: ListFlags): void {
  const everywhere = flags.all || flags.root !== undefined || flags.project !== undefined
  if (!flags.quiet) {
    process.stderr.write(
      `ocvault: no session matches${everywhere ? '' : ' in this directory’s project; ocvault list --all looks in all projects'}\n`,
    )
  }
  process.exitCode = exitCode.notFound
}
