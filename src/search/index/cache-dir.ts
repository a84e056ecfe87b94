import { join, posix, win32 } from 'node:path'
import { fingerprint } from '../../base/fingerprint.ts'
import { ownCacheFolder } from '../../base/own-data.ts'
import type { Machine } from '../../opencode/data-dirs.ts'
import type { Store } from '../../stores/store.ts'
import { nameOf } from './index-file.ts'

/** Where indexes are kept. */
export function indexFolder(machine: Machine): string {
  return (machine.platform === 'win32' ? win32 : posix).join(ownCacheFolder(machine), 'search')
}

/** Where the index of a store is kept: named so that a person can tell them apart. */
export function indexPath(folder: string, store: Store): string {
  const readable = store.path
    .split(/[\\/]/)
    .slice(-2)
    .join('-')
    .replace(/[^\w.-]+/g, '_')
    .slice(-40)
  return join(folder, `${readable}-${store.kind}-${fingerprint(nameOf(store))}.sqlite`)
}

/** Where figures of what was used in the sessions of a store are kept: beside its index. */
export const figuresPath = (folder: string, store: Store): string =>
  indexPath(folder, store).replace(/\.sqlite$/, '.figures.sqlite')
