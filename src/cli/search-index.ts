import { dropIndexes, indexesOf, refreshIndexes } from '../api/indexes.ts'
import { OcvaultError } from '../base/errors.ts'
import { table } from '../render/layout.ts'
import { safeJSON } from '../render/safe-text.ts'
import { fileSize, grouped, shortPath } from '../render/words.ts'
import type { IndexStatus } from '../search/index/indexes.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { withCatalog } from './selection.ts'
import { styleFor } from './terminal.ts'
import type { IndexFlags } from './verbs/index.ts'

/** `ocvault index`. */
export async function index(flags: IndexFlags): Promise<void> {
  const chosen = [flags.status && '--status', flags.rebuild && '--rebuild', flags.drop && '--drop'].filter(Boolean)
  if (chosen.length > 1) throw new OcvaultError('usage', `${chosen.join(' and ')} exclude each other`)
  await withCatalog(flags, async (catalog) => {
    if (flags.drop) dropIndexes(catalog)
    else if (!flags.status) await refreshAll(catalog, flags)
    report(indexesOf(catalog), flags)
  })
}

async function refreshAll(catalog: Catalog, flags: IndexFlags): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const progress = new ProgressLine(flags)
  const watch = { signal: stop.signal, progress: (at: { done: number; sessions: number }) => progress.update('indexing', at) }
  const isWhole = await refreshIndexes(catalog, { rebuild: flags.rebuild }, watch).finally(() => progress.clear())
  if (!isWhole) process.exitCode = exitCode.interrupted
}

function report(statuses: readonly IndexStatus[], flags: IndexFlags): void {
  if (flags.json) {
    const shown = statuses.map(({ store, path, sessions, bytes, fresh }) => ({
      store: store.kind,
      path: store.path,
      index: sessions === null ? null : path,
      sessions,
      bytes,
      fresh,
    }))
    process.stdout.write(`${safeJSON(shown, 2)}\n`)
    return
  }
  const style = styleFor(process.stdout, flags)
  const rows = statuses.map(({ store, sessions, bytes, fresh }) => [
    store.kind,
    shortPath(store.path),
    sessions === null ? style.dim('no index') : `${grouped(sessions)} sessions`,
    sessions === null ? '' : fileSize(bytes),
    sessions === null ? '' : fresh ? style.good('up to date') : style.dim('checked at each search'),
  ])
  process.stdout.write(rows.length > 0 ? `${table(rows).join('\n')}\n` : 'no store to index\n')
}
