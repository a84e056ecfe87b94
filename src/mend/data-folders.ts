import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { dataDirs, type Machine } from '../opencode/data-dirs.ts'
import type { FoundStore } from '../stores/catalog/discover.ts'
import type { StoreKind } from '../stores/store.ts'

/**
 * The data directories that stores are in.
 * @param machine also those of this machine
 */
export function dataFolders(stores: readonly FoundStore[], machine: Machine | undefined): string[] {
  const depth: Partial<Record<StoreKind, number>> = { 'sqlite-v1': 1, 'sqlite-v2': 1, 'json-tree': 1, 'json-slug': 3 }
  const own = machine ? dataDirs(machine).filter((path) => existsSync(path)) : []
  const above = stores.flatMap(({ store }) => {
    const levels = depth[store.kind]
    if (levels === undefined) return []
    let at = store.path
    for (let level = 0; level < levels; level++) at = dirname(at)
    return basename(at) === 'opencode' || existsSync(`${at}/snapshot`) ? [at] : []
  })
  return [...new Set([...own, ...above])]
}
