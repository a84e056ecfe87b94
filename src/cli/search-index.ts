import { OcvaultError, reasonOf } from '../base/errors.ts'
import { table } from '../render/layout.ts'
import { safeJSON } from '../render/safe-text.ts'
import { fileSize, grouped, shortPath } from '../render/words.ts'
import { indexFolder } from '../search/index/cache-dir.ts'
import { dropIndex, type IndexStatus, indexable, indexStatus, pruneIndexes } from '../search/index/indexes.ts'
import { refresh } from '../search/index/refresh.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { Store } from '../stores/store.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { withCatalog } from './selection.ts'
import { styleFor } from './terminal.ts'
import type { IndexFlags } from './verbs/index.ts'

/** `ocvault index`. */
export async function index(flags: IndexFlags): Promise<void> {
  const chosen = [flags.status && '--status', flags.rebuild && '--rebuild', flags.drop && '--drop'].filter(Boolean)
  if (chosen.length > 1) throw new OcvaultError('usage', `${chosen.join(' and ')} exclude each other`)
  const folder = indexFolder(thisMachine())
  await withCatalog(flags, async (catalog) => {
    const stores = indexable(catalog.stores)
    if (flags.drop) for (const store of stores) dropIndex(store, folder)
    else if (!flags.status) await refreshAll(catalog, stores, folder, flags)
    report(
      stores.map((store) => indexStatus(store, folder)),
      flags,
    )
  })
}

async function refreshAll(catalog: Catalog, stores: readonly Store[], folder: string, flags: IndexFlags): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const progress = new ProgressLine(flags)
  try {
    for (const store of stores) {
      const options = { folder, rebuild: flags.rebuild ?? false, signal: stop.signal }
      const { index, stale, problems } = await refresh(store, { ...options, progress: (at) => progress.update('indexing', at) })
      index.close()
      catalog.note(store, problems)
      if (stale.size > 0)
        throw new OcvaultError(
          'failed',
          `the index ${index.path} cannot be written: another process writes it, or the disk is full`,
        )
    }
    pruneIndexes(folder)
  } catch (error) {
    if (!stop.signal.aborted) {
      if (error instanceof OcvaultError) throw error
      throw new OcvaultError('failed', `no index can be kept in ${folder}: ${reasonOf(error)}`, { cause: error })
    }
    process.exitCode = exitCode.interrupted
  } finally {
    progress.clear()
  }
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
