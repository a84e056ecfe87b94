import type { Keys } from '../archive/encrypt.ts'
import { isArchive, isEncrypted } from '../archive/read/recognise.ts'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'

export interface Looking {
  /** What is read instead of this machine's own stores: none is those. */
  readonly roots?: readonly string[]
  /** What opens an encrypted archive. */
  readonly keys?: Keys
}

/**
 * Opens every store of this machine, or of the roots, among which archives may be.
 * @throws OcvaultError when a root does not exist or holds no sessions, or is encrypted and the key does not open it
 */
export async function openStores({ roots = [], keys = {} }: Looking = {}): Promise<Catalog> {
  if (roots.length === 0) return openCatalog()
  if (!roots.some(isArchive)) return openCatalog({ roots })
  const { archiveOpener } = await import('../archive/store/opener.ts')
  return openCatalog({ roots, openers: [await archiveOpener(roots, keys)] })
}

/** Whether one of these roots asks for a key. */
export const hasEncrypted = (roots: readonly string[]): boolean => roots.some(isEncrypted)
