import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import { deepest, type Found } from '../source.ts'
import type { Directory } from './directory.ts'
import type { IndexFile } from './index-file.ts'
import type { Selection } from './selection.ts'
import type { UnitAttributes } from './unit-attributes.ts'

/** The sessions of an index as what is found, by their number in its directory. */
export class Entries {
  readonly #index: IndexFile
  readonly #store: Store
  readonly #directory: Directory
  readonly #selection: Selection
  readonly #links: ReadonlyMap<SessionID, SessionID>
  readonly #attributes: UnitAttributes

  /** @param links parents of sessions whose record names none */
  constructor(
    index: IndexFile,
    store: Store,
    selection: Selection,
    links: ReadonlyMap<SessionID, SessionID>,
    attributes: UnitAttributes,
  ) {
    this.#index = index
    this.#store = store
    this.#directory = index.directory()
    this.#selection = selection
    this.#links = links
    this.#attributes = attributes
  }

  at(session: number): Omit<Found, 'evidence'> {
    const { ids, updated, messages } = this.#directory
    return {
      id: ids[session]!,
      rootID: this.#rootOf(session),
      store: this.#store,
      updated: updated[session]!,
      messages: messages[session]!,
      here: this.#selection.near[session] === 1,
      locate: (unit) => this.#attributes.placeOf(session, unit),
    }
  }

  #rootOf(session: number): SessionID {
    const { ids, parents } = this.#directory
    let at = session
    // Records that name each other as parents would lead round in a circle.
    for (let steps = 0; parents[at]! >= 0 && steps < deepest; steps++) at = parents[at]!
    return (parents[at] === -2 ? this.#index.parentOf(ids[at]!) : this.#links.get(ids[at]!)) ?? ids[at]!
  }
}
