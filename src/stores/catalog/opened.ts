import type { Problem } from '../../base/problems.ts'
import type { JsonStore } from '../json/json-store.ts'
import type { Store } from '../store.ts'
import { ContainedStore } from './contained-store.ts'

/** A generation of OpenCode that shows a session to its user: 1.x or 2.x. */
export type Generation = 'v1' | 'v2'

/** A store in a file or folder. */
export interface OpenedStore {
  readonly store: Store
  /** Which OpenCode reads such a store where it looks for one; null where none does. */
  readonly readBy: Generation | null
  /**
   * Set on the 1.x tables of a database that 2.x has taken over and copied for good: what it did not copy, 2.x will never show.
   */
  readonly frozen: boolean
}

/** What a file or folder turned out to hold. Kept from one look at the machine to the next, as long as nothing in it moved. */
export interface Opened {
  readonly stores: readonly OpenedStore[]
  readonly problems: readonly Problem[]
  /** What it is now: another text than before when anything moved. */
  generation(): string
  /** The same opened anew, with what was read before and is still true. This one is not to be used any more. */
  again(): Opened
  close(): void
}

function one(store: Store, readBy: Generation | null, again: () => Opened): Opened {
  const contained = new ContainedStore(store)
  return {
    stores: [{ store: contained, readBy, frozen: false }],
    problems: [],
    generation: () => contained.generation(),
    again,
    close: () => contained.close(),
  }
}

/** A store that is all of a file, or of a folder that only its opener knows: read anew when it moved. */
export function openFile(open: () => Store, store = open()): Opened {
  return one(store, null, () => openFile(open))
}

/** A tree of files. @param open takes over the headers of the same tree that did not move */
export function openTree(open: (before?: JsonStore) => JsonStore, readBy: Generation | null): Opened {
  const from = (tree: JsonStore): Opened => one(tree, readBy, () => from(open(tree)))
  return from(open())
}
