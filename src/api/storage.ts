import type { Keys } from '../archive/encrypt.ts'
import { openStorageAt } from '../storage/open.ts'
import type { Storage } from '../storage/storage.ts'
import { noteIn } from '../storage/undo-notes.ts'

export interface StorageOpening {
  /** What opens an encrypted archive. */
  readonly keys?: Keys
  /** A folder in which each change is noted, so that it can be taken back. Without one none can. */
  readonly undo?: string | undefined
  /** Is told the name of each change that was noted. */
  readonly onNote?: (change: string) => void
  /** Changes nothing, and says only what would be refused. */
  readonly dryRun?: boolean | undefined
}

/**
 * OpenCode's storage API over what is at a place.
 * @param root a `storage` folder, which may not be there yet; a data directory, a home, a database, an archive, an exported
 *   session; default: the stores of this machine
 * @throws OcvaultError `not-found` where there is nothing, `usage` and `failed` for an archive that no key opens
 */
export function openStorage(root?: string, { keys, undo, onNote, dryRun }: StorageOpening = {}): Promise<Storage> {
  const note = undo === undefined || dryRun ? undefined : noteIn(undo, onNote ?? (() => undefined))
  return openStorageAt(root, { keys, note, dryRun })
}
