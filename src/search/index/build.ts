import { dirname } from 'node:path'
import { putInPlace } from '../../base/files.ts'
import { removeAbandoned, temporaryBeside } from '../../base/temporary.ts'
import { unfinishedUntil } from '../../base/unfinished.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { removeDatabase } from '../../sqlite/database-files.ts'
import type { Store } from '../../stores/store.ts'
import { type FillOptions, fill, settle } from './fill.ts'
import { IndexFile } from './index-file.ts'

/** Makes the index of a store anew, beside the old one, which it replaces when it is whole. */
export async function build(path: string, store: Store, options: FillOptions): Promise<void> {
  // The folder is ocvault's own: what killed builds have left in it is of no use to anybody.
  removeAbandoned(dirname(path), () => true)
  const making = temporaryBeside(path)
  const stamp = store.stamp()
  const pulse = store.pulse()
  const { cursor } = store.added(null)
  const forget = unfinishedUntil(() => removeDatabase(making))
  let index: IndexFile | undefined
  try {
    index = IndexFile.create(making, store)
    const ids: SessionID[] = []
    for (const { id } of store.sessions()) ids.push(id)
    // Oldest first: what was added last is looked at first.
    ids.reverse()
    await fill(index, store, ids, options)
    settle(index, store, { stamp, pulse, cursor }, true)
    index.finish()
    removeDatabase(path)
    putInPlace(making, path)
  } catch (error) {
    index?.close()
    removeDatabase(making)
    throw error
  } finally {
    forget()
  }
}
