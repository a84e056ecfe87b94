import { StoreChanged } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { type ArchiveSummary, ArchiveWriter, type WriteOptions } from './archive-writer.ts'
import type { ArchiveSink } from './sink.ts'

/** How often an archive is begun anew because a store was changed. */
const attempts = 4

/** Of a session that waits to be written this much is kept: there may be a hundred thousand. */
type Waiting = Pick<Session, 'id' | 'parentID'>

/**
 * Writes sessions, each with its subagents, into an archive (docs/archive-format.md); undefined when there are none: then the
 * sink has not begun. Each tree of sessions is read in one state of the stores.
 * @throws OcvaultError `failed` when stores change faster than they can be read; and what the sink throws
 */
export async function writeArchive(
  catalog: Catalog,
  sessions: Iterable<Waiting>,
  sink: ArchiveSink,
  options: WriteOptions,
): Promise<ArchiveSummary | undefined> {
  const parents = new Map<SessionID, SessionID | null>()
  for (const { id, parentID } of sessions) parents.set(id, parentID)
  if (parents.size === 0) return undefined
  const waiting = new Map<SessionID, boolean>()
  for (const [id, parentID] of parents) waiting.set(id, parentID !== null && parents.has(parentID))
  parents.clear()
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeOnce(catalog, waiting, sink, options)
    } catch (error) {
      await sink.abandon()
      // OpenCode came or went while a tree was read without locks; the next time there are some.
      if (!(error instanceof StoreChanged) || attempt >= attempts) throw error
    }
  }
}

async function writeOnce(
  catalog: Catalog,
  /** Each with whether it comes with its parent. */
  waiting: ReadonlyMap<SessionID, boolean>,
  sink: ArchiveSink,
  options: WriteOptions,
): Promise<ArchiveSummary> {
  sink.begin()
  const writer = new ArchiveWriter(catalog, sink, options, [...waiting.keys()])
  for (const [id, isBelow] of waiting) if (!isBelow) await writer.tree(id)
  for (const id of waiting.keys()) await writer.tree(id) // parents that go round in a circle
  if (options.snapshots) await writer.snapshots()
  const summary = await writer.manifest()
  await sink.finish()
  return summary
}
