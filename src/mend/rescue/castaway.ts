import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import type { Store, StoreKind } from '../../stores/store.ts'

/** A session that the OpenCode in use does not show, or not whole, and the copy of it that is taken. */
export interface Castaway {
  readonly session: Session
  /** Why it is one, as a sentence for a person without a full stop. */
  readonly reason: string
  /** What it is read from. */
  readonly store: Store
  /** What has the session's own record, where that is gone in `store`. */
  readonly record: Store | undefined
  /** Other copies that have messages which this one has not. */
  readonly others: readonly { readonly path: string; readonly messages: number }[]
}

/** What was found, and what a person should know of what is not taken: a sentence each. */
export interface Castaways {
  readonly sessions: readonly Castaway[]
  readonly notes: readonly string[]
}

/** Ids of messages are the same in all layouts of a generation only. */
export const familyOf = (kind: StoreKind): 'v1' | 'v2' => (kind === 'sqlite-v2' ? 'v2' : 'v1')

/** Parts are read only where they may be all that is left of a message. */
export const messageIDs = (store: Store, id: SessionID): Set<MessageID> =>
  new Set(Iterator.from(store.messages(id, { parts: store.remains().has(id) })).map((message) => message.id))

/** How many of some ids are not among others. */
export function countMissing(some: Iterable<MessageID>, others: ReadonlySet<MessageID>): number {
  let missing = 0
  for (const id of some) if (!others.has(id)) missing++
  return missing
}

/** The stores that have copies of a session, the leading one first. What is kept on purpose is left out. */
export function storesWith({ stores }: Catalog, { copies }: Session): Store[] {
  return copies.flatMap(({ path, store: kind }) => {
    const found = stores.find(({ store, beside }) => !beside && store.path === path && store.kind === kind)
    return found && found.store.kind !== 'archive' ? [found.store] : []
  })
}

/**
 * Chooses among the copies of a session: the newest, as everywhere, unless an older one has all of its messages and more.
 * Undefined where all that have it were kept on purpose.
 */
export function castaway(session: Session, reason: string, stores: readonly Store[]): Castaway | undefined {
  const [newest, ...rest] = stores
  if (!newest) return undefined
  const { id } = session
  const updated = (store: Store) => store.updated([id]).get(id)
  const isAlike = (store: Store) => familyOf(store.kind) === familyOf(newest.kind)
  const differing = rest.filter(
    (store) => isAlike(store) && (updated(store) !== updated(newest) || newest.remains().has(id) || store.remains().has(id)),
  )
  let taken = newest
  let ids = differing.length > 0 ? messageIDs(newest, id) : new Set<MessageID>()
  const known = new Map(differing.map((store) => [store, messageIDs(store, id)]))
  for (const [store, those] of known) {
    if (those.size <= ids.size || countMissing(ids, those) > 0) continue
    taken = store
    ids = those
  }
  const others = [...known].flatMap(([store, those]) => {
    const messages = store === taken ? 0 : countMissing(those, ids)
    return messages > 0 ? [{ path: store.path, messages }] : []
  })
  const record = taken.remains().has(id) ? stores.find((store) => !store.remains().has(id)) : undefined
  return { session, reason, store: taken, record, others }
}
