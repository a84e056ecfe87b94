import type { Castaways } from '../mend/rescue/castaway.ts'
import { findCastaways, storesInUse } from '../mend/rescue/find-castaways.ts'
import { type RescueReport, rescueSessions } from '../mend/rescue/rescue.ts'
import { reserveToWrite } from '../sqlite/writable.ts'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { findTarget, type Into, type Target } from '../transfer/write/target.ts'
import { sessionNamed } from './sessions.ts'

interface Rescuing {
  /** Only these and their subagents: ids, or beginnings of them. Default: all. */
  readonly sessions?: readonly string[]
  /** A data directory, a home or a database instead of the machine's own. */
  readonly root?: string | undefined
  readonly into?: Into | undefined
  readonly dryRun?: boolean | undefined
  /** Where notes for undoing go. */
  readonly undo?: string
  readonly onProgress?: (done: number, sessions: number) => void
}

/**
 * Brings everything that OpenCode does not show into the database that it uses: sessions of JSON trees, of other channels, of
 * conflict copies, of 1.x after the copy of 2.x, those of which only rows or events are left.
 * @throws OcvaultError `not-found` without a database or a session that is named, and what writing throws
 */
export async function rescue(options: Rescuing = {}): Promise<RescueReport> {
  const { sessions: names = [], root, into, dryRun = false, undo, onProgress } = options
  const found = findTarget(root, into)
  // What is to come may be in the database itself.
  const release = found.layout === 'sqlite' ? reserveToWrite(found.path) : () => undefined
  try {
    const catalog = openCatalog(root === undefined ? {} : { roots: [root] })
    try {
      const target = into === undefined ? targetOf(catalog, found) : found
      const all = findCastaways(catalog, target)
      const chosen = names.length === 0 ? all : { ...all, sessions: await namedAmong(catalog, all, names) }
      return await rescueSessions(chosen, target, storesInUse(catalog, target), {
        dryRun,
        ...(undo !== undefined && { undo }),
        ...(onProgress && { onProgress }),
      })
    } finally {
      catalog.close()
    }
  } finally {
    release()
  }
}

/** What 1.x wrote after 2.x had taken a database over is missing there alone, whoever has used it last. */
function targetOf(catalog: Catalog, target: Target): Target {
  if (target.other !== 'v2') return target
  const frozen = catalog.stores.some(({ store, frozen: is }) => is && store.path === target.path)
  if (!frozen) return target
  return {
    ...target,
    generation: 'v2',
    why: '2.x has copied the sessions of 1.x once, and does not see what came since',
    other: 'v1',
  }
}

async function namedAmong(catalog: Catalog, { sessions }: Castaways, names: readonly string[]): Promise<Castaways['sessions']> {
  const wanted = new Set<string>()
  for (const name of names) {
    const named = await sessionNamed(catalog, name, undefined)
    wanted.add(named.id)
    for (const [each] of catalog.tree(named)) wanted.add(each.id)
  }
  return sessions.filter(({ session }) => wanted.has(session.id))
}
