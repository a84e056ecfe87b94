import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Keys } from '../archive/encrypt.ts'
import { isArchive, isEncrypted } from '../archive/read/recognise.ts'
import { OcvaultError } from '../base/errors.ts'
import { ownConfigFile } from '../base/own-data.ts'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import type { Opener } from '../stores/catalog/finder.ts'

export interface Looking {
  /** What is read instead of this machine's own stores: none is those. */
  readonly roots?: readonly string[]
  /** What opens an encrypted archive. */
  readonly keys?: Keys
  /** Archives that are looked at beside them. One that is not there, or that no key opens, is a problem of the kind `away`. */
  readonly archives?: readonly string[]
}

/**
 * Opens every store of this machine, or of the roots, among which archives may be.
 * @throws OcvaultError when a root does not exist or holds no sessions, or is encrypted and the key does not open it
 */
export async function openStores({ roots = [], keys = {}, archives = [] }: Looking = {}): Promise<Catalog> {
  if (roots.length === 0 && archives.length === 0) return openCatalog()
  if (![...roots, ...archives].some(isArchive)) {
    return openCatalog({ roots, beside: new Map(archives.map((path) => [path, null])) })
  }
  const { archiveOpener } = await import('../archive/store/opener.ts')
  const openerOfRoots = await archiveOpener(roots, keys)
  const openers = new Map<string, Opener>()
  const beside = new Map<string, string | null>()
  for (const path of archives) {
    try {
      openers.set(resolve(path), await archiveOpener([path], keys))
      beside.set(path, null)
    } catch (error) {
      if (!(error instanceof OcvaultError)) throw error
      beside.set(path, 'it is encrypted, and no key opens it')
    }
  }
  return openCatalog({ roots, beside, openers: [(path) => (openers.get(path) ?? openerOfRoots)(path)] })
}

/**
 * The archives that this person has set to be looked at beside the stores of the machine.
 * @throws OcvaultError when what is set cannot be read
 */
export async function rememberedArchives(): Promise<readonly string[]> {
  // Nearly nobody has set anything, and what reads it takes its time to load.
  if (!existsSync(ownConfigFile())) return []
  const { readConfig } = await import('./config.ts')
  return readConfig().archives ?? []
}

/** Whether one of these roots asks for a key. */
export const hasEncrypted = (roots: readonly string[]): boolean => roots.some(isEncrypted)
