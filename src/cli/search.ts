import { reasonOf } from '../base/errors.ts'
import { parseTime } from '../base/time.ts'
import { resultJSON } from '../render/json/search-json.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { renderResult } from '../render/terminal/search-result.ts'
import { indexFolder } from '../search/index/cache-dir.ts'
import type { SearchOptions } from '../search/options.ts'
import { search as searchSessions } from '../search/search.ts'
import { suggestion } from '../search/suggestion.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import { projectScope } from '../stores/catalog/project-scope.ts'
import type { ProjectScope } from '../stores/store.ts'
import { exitCode } from './exit-code.ts'
import { showing } from './hints.ts'
import { ProgressLine } from './progress.ts'
import { scopeFor, withCatalog } from './selection.ts'
import { hint, Output, readingWidth, styleFor } from './terminal.ts'
import type { SearchFlags } from './verbs/search.ts'

/** `ocvault search`. */
export async function search(words: readonly string[], flags: SearchFlags): Promise<void> {
  const session = flags.session === undefined ? [] : [`session:${flags.session}`]
  const query = [...session, ...words].join(' ')
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const progress = new ProgressLine(flags)
  try {
    await withCatalog(flags, async (catalog) => {
      const options = { ...(await optionsFor(catalog, flags, progress)), signal: stop.signal }
      const shown = await print(catalog, query, options, flags, progress)
      if (shown === 0) await nothing(catalog, query, options, flags)
      else if (shown === options.limit) hint(`${shown} shown: --limit 0 shows all that match`, flags)
    })
  } catch (error) {
    if (!stop.signal.aborted) throw error
    process.exitCode = exitCode.interrupted
  } finally {
    progress.clear()
  }
}

async function optionsFor(catalog: Catalog, flags: SearchFlags, progress: ProgressLine): Promise<SearchOptions> {
  const project = await scopeFor(catalog, flags)
  const { role, kind, tool, agent, model, limit, context } = flags
  return {
    ...(project && { project }),
    // Asked of a whole project, all of its sessions are equally near.
    ...(!project && !flags.root && hereIn(catalog)),
    ...(flags.since !== undefined && { since: parseTime(flags.since) }),
    ...(flags.until !== undefined && { until: parseTime(flags.until) }),
    ...(flags.archived !== undefined && { archived: flags.archived }),
    units: {
      ...(role && { role }),
      ...(kind && { kind }),
      ...(tool && { tool }),
      ...(agent && { agent }),
      ...(model && { model }),
    },
    ...(flags.path && { paths: flags.path }),
    ...(flags.in && { in: flags.in.flatMap((areas) => areas.split(',')) }),
    ...(flags.case && { case: true }),
    ...(context !== undefined && { context }),
    ...(limit > 0 && { limit }),
    ...(flags.index && { indexes: indexFolder(thisMachine()) }),
    sort: flags.sort,
    progress: (activity, at) => progress.update(activity === 'indexing' ? 'making the index:' : 'reading', at),
    unindexed: (path, error) => {
      if (!flags.quiet)
        process.stderr.write(
          `ocvault: no index of ${safeLine(path)} can be kept (${safeLine(reasonOf(error))}); reading everything instead\n`,
        )
    },
  }
}

/** The project of this directory; none where the directory is gone. */
function hereIn(catalog: Catalog): { here?: ProjectScope } {
  try {
    return { here: projectScope(catalog.stores, process.cwd()) }
  } catch {
    return {}
  }
}

async function print(
  catalog: Catalog,
  query: string,
  options: SearchOptions,
  flags: SearchFlags,
  progress: ProgressLine,
): Promise<number> {
  const layout = {
    style: styleFor(process.stdout, flags),
    width: readingWidth(process.stdout),
    directories: options.project === undefined,
    explain: flags.explain ?? false,
    showing,
  }
  const out = new Output()
  let count = 0
  for await (const result of searchSessions(catalog, query, options)) {
    progress.clear()
    const before = count++ === 0 ? (flags.json ? '[\n' : '') : flags.json ? ',\n' : '\n'
    const full = out.write(before + (flags.json ? safeJSON(resultJSON(result, layout.explain)) : renderResult(result, layout)))
    if (full) await full
  }
  progress.clear()
  if (flags.json) await out.write(count > 0 ? '\n]\n' : '[]\n')
  await out.flush()
  return count
}

async function nothing(catalog: Catalog, query: string, options: SearchOptions, flags: SearchFlags): Promise<void> {
  if (!flags.quiet) {
    const near = await suggestion(catalog, query, options)
    const elsewhere = options.project && !flags.project ? '; ocvault search --all looks in all projects' : ''
    const instead = near === null ? '' : `; did you mean: ${safeLine(near)}`
    process.stderr.write(`ocvault: nothing matches${options.project ? ' in this project' : ''}${instead}${elsewhere}\n`)
  }
  process.exitCode = exitCode.notFound
}
