import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'

const notLed = 'an index of the database is damaged, and does not lead to all of its rows'

/**
 * Compares what the tables of databases hold with what their indexes lead to: one flipped bit hides rows from every reader, and
 * SQLite says nothing. Both are asked for all sessions at once, by the marks that stores give of them.
 */
export class IndexCheck {
  readonly #suspects = new Map<Store, ReadonlySet<SessionID>>()

  /**
   * @param ids of sessions that are wanted
   * @param onMarks is given what the indexes lead to, store by store
   */
  constructor(
    stores: Iterable<Store>,
    ids: readonly SessionID[],
    onMarks?: (store: Store, marks: ReadonlyMap<SessionID, string>) => void,
  ) {
    for (const store of stores) {
      const all = store.marksByRows()
      if (!all && !onMarks) continue
      const marks = store.marks(false, ids)
      onMarks?.(store, marks)
      if (!all) continue
      this.#suspects.set(store, new Set(ids.filter((id) => marks.get(id) !== all.get(id))))
    }
  }

  /**
   * What is wrong with a session of a store; undefined for one that is found whole. The store should be held: a session that has
   * changed since is asked for again.
   */
  reasonFor(store: Store, id: SessionID): string | undefined {
    if (!this.#suspects.get(store)?.has(id)) return undefined
    return store.marks(false, [id]).get(id) === store.marksByRows()?.get(id) ? undefined : notLed
  }
}
