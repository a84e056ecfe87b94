import type { Request } from '../api/requests.ts'
import { type Search, searchSessions } from '../api/search.ts'
import { titled } from '../conversation/opening.ts'
import type { CallOn } from '../memory/calls-on.ts'
import { resultJSON } from '../render/json/search-json.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { renderCalls } from '../render/terminal/calls.ts'
import { renderResult } from '../render/terminal/search-result.ts'
import type { SearchResult } from '../search/hits.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { exitCode } from './exit-code.ts'
import { showing } from './hints.ts'
import { ProgressLine } from './progress.ts'
import { searchWatch } from './search-watch.ts'
import { directoryOf, withCatalog } from './selection.ts'
import { hint, Output, readingWidth, styleFor } from './terminal.ts'
import type { SearchFlags } from './verbs/search.ts'

/** `ocvault search`. */
export async function search(words: readonly string[], flags: SearchFlags): Promise<void> {
  const request = requestOf(words, flags)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const progress = new ProgressLine(flags)
  try {
    await withCatalog(flags, async (catalog) => {
      const found = await searchSessions(catalog, request, { ...searchWatch(progress, flags), signal: stop.signal })
      const shown = await print(catalog, found, request, flags, progress)
      if (shown === 0) await nothing(found, request, flags)
      else if (shown === flags.limit) hint(`${shown} shown: --limit 0 shows all that match`, flags)
      await found.afterwards()
    })
  } catch (error) {
    if (!stop.signal.aborted) throw error
    process.exitCode = exitCode.interrupted
  } finally {
    progress.clear()
  }
}

function requestOf(words: readonly string[], flags: SearchFlags): Request<'search'> {
  const {
    session,
    since,
    until,
    archived,
    role,
    kind,
    tool,
    agent,
    model,
    path: paths,
    context,
    limit,
    sort,
    tier,
    index,
  } = flags
  const [areas, capitals] = [flags.in, flags.case]
  const filters = { session, since, until, archived, role, kind, tool, agent, model, paths, in: areas, case: capitals }
  const here = flags.root ? undefined : thisDirectory()
  return { query: words.join(' '), project: directoryOf(flags), here, ...filters, context, limit, sort, tier, index }
}

/** Undefined where it is gone: nothing but an order hangs on it. */
function thisDirectory(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

async function print(
  catalog: Catalog,
  { results }: Search,
  { project }: Request<'search'>,
  flags: SearchFlags,
  progress: ProgressLine,
): Promise<number> {
  const layout = {
    style: styleFor(process.stdout, flags),
    width: readingWidth(process.stdout),
    directories: project === undefined,
    explain: flags.explain ?? false,
    showing,
  }
  const out = new Output()
  let count = 0
  for await (const result of results) {
    progress.clear()
    const before = count++ === 0 ? (flags.json ? '[\n' : '') : flags.json ? ',\n' : '\n'
    const calls = await callsOf(catalog, result, flags)
    const shown = () =>
      renderResult({ ...result, session: titled(catalog, result.session) }, layout) + renderCalls(calls ?? [], layout.style)
    const full = out.write(
      before +
        (flags.json ? safeJSON({ ...resultJSON(withUsage(catalog, result), layout.explain), ...(calls && { calls }) }) : shown()),
    )
    if (full) await full
  }
  progress.clear()
  if (flags.json) await out.write(count > 0 ? '\n]\n' : '[]\n')
  await out.flush()
  return count
}

/** With which calls a session touched the files that were asked for; null where none was. */
async function callsOf(catalog: Catalog, { session }: SearchResult, { path }: SearchFlags): Promise<readonly CallOn[] | null> {
  if (!path || path.length === 0) return null
  const { callsOn } = await import('../memory/calls-on.ts')
  return callsOn(catalog, session, path)
}

/** What a session used is looked up only where it is printed. */
const withUsage = (catalog: Catalog, result: SearchResult): SearchResult => ({
  ...result,
  session: catalog.withUsage([result.session])[0]!,
})

async function nothing(found: Search, { project }: Request<'search'>, flags: SearchFlags): Promise<void> {
  if (!flags.quiet) {
    const near = await found.suggestion()
    const elsewhere = project !== undefined && !flags.project ? '; ocvault search --all looks in all projects' : ''
    const instead = near === null ? '' : `; did you mean: ${safeLine(near)}`
    process.stderr.write(`ocvault: nothing matches${project === undefined ? '' : ' in this project'}${instead}${elsewhere}\n`)
  }
  process.exitCode = exitCode.notFound
}
