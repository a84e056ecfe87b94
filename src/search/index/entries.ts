import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { deepest, type Found } from '../source.ts'
import { type Directory, parentElsewhere } from './directory.ts'
import type { IndexFile } from './index-file.ts'
import type { Selection } from './selection.ts'
import { placeOf } from './unit-places.ts'

/** The sessions of an index as what is found, by their number in its directory. */
export class Entries {
  readonly #index: IndexFile
  readonly #store: Store
  readonly #directory: Directory
  readonly #selection: Selection
  readonly #links: ReadonlyMap<SessionID, SessionID>

  /** @param links parents of sessions whose record names none */
  constructor(index: IndexFile, store: Store, selection: Selection, links: ReadonlyMap<SessionID, SessionID>) {
    this.#index = index
    this.#store = store
    this.#directory = index.directory()
    this.#selection = selection
    this.#links = links
  }

  at(session: number): Omit<Found, 'evidence'> {
    const { updated, messages } = this.#directory
    const id = this.#directory.id(session)
    return {
      id,
      rootID: this.#rootOf(session),
      store: this.#store,
      updated: updated[session]!,
      messages: messages[session]!,
      here: this.#selection.near[session] === 1,
      locate: (unit) => placeOf(this.#index, id, unit),
    }
  }

  #rootOf(session: number): SessionID {
    const { parents } = this.#directory
    let at = session
    // Records that name each other as parents would lead round in a circle.
    for (let steps = 0; parents[at]! >= 0 && steps < deepest; steps++) at = parents[at]!
    const id = this.#directory.id(at)
    return (parents[at] === parentElsewhere ? this.#index.parentOf(id) : this.#links.get(id)) ?? id
  }
}
