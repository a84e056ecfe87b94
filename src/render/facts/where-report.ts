import type { Problem } from '../../base/problems.ts'
import type { Catalog, Session, Stranded } from '../../stores/catalog/catalog.ts'
import type { StoreKind, StoreSize } from '../../stores/store.ts'

interface StoreLine {
  readonly kind: StoreKind
  readonly path: string
  readonly sessions: number
  readonly bytes: number
  readonly newest: number | null
  /** Other copies of its sessions that an archive has, and that nothing shows. */
  readonly copies?: number
  /** Who shows it: `OpenCode 1.x`, or why nobody does. */
  readonly shown: string
}

export interface WhereReport {
  /** The session asked about, if one was. */
  readonly session: Session | null
  readonly stores: readonly StoreLine[]
  readonly stranded: readonly Stranded[]
  /** Whether there is a store that an OpenCode here shows. */
  readonly hasStoreInUse: boolean
  readonly problems: readonly Problem[]
  /** What the pages of each database could give, if that was asked for. */
  readonly depths?: readonly Depth[]
}

/** Sessions of some kind, and how whole they are. */
export interface Amount {
  readonly sessions: number
  readonly wholeSessions: number
  readonly messages: number
  readonly wholeMessages: number
  readonly parts: number
}

/** What a database could give. */
export interface Depth {
  readonly path: string
  /**
   * Of one that is damaged: whether its sessions are read from its pages, or will be from now on, because that gives more than
   * SQLite does.
   */
  readonly damaged: 'no' | 'yes' | 'more from now on'
  /** From pages that count. */
  readonly live: Amount
  /** From pages, and places in pages, that were freed: what was deleted, and can be had back. */
  readonly freed: Amount
}

const generations = { v1: 'OpenCode 1.x', v2: 'OpenCode 2.x' }

function archiveWords({ copies = 0 }: StoreSize): string {
  if (copies === 0) return 'an archive'
  return `an archive; beside these sessions it keeps ${copies === 1 ? 'another copy of one' : `${copies} other copies of them`}, which ${copies === 1 ? 'is' : 'are'} not shown`
}

/** What stands where: of everything, or of one session. */
export function whereReport(catalog: Catalog, session: Session | null, depths?: readonly Depth[]): WhereReport {
  const here = (path: string, kind: StoreKind) =>
    session === null || session.copies.some((copy) => copy.path === path && copy.store === kind)
  const stores = catalog.stores
    .filter(({ store }) => here(store.path, store.kind))
    .map(({ store, visible, hidden }) => {
      const size = store.size()
      const shown =
        hidden ??
        (visible.length > 0
          ? visible.map((generation) => generations[generation]).join(', ')
          : store.kind === 'archive'
            ? archiveWords(size)
            : 'a file')
      return { kind: store.kind, path: store.path, ...size, shown }
    })
  const stranded = session === null ? [...catalog.stranded()] : [...catalog.stranded([session])]
  const hasStoreInUse = catalog.stores.some(({ visible }) => visible.length > 0)
  return { session, stores, stranded, hasStoreInUse, problems: catalog.problems(), ...(depths && { depths }) }
}
