import { realpathSync } from 'node:fs'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { findLost, type LostSessions } from '../../stores/lost/lost-sessions.ts'
import { isWhole, type Missing, nothingMissing } from '../../stores/lost/wholeness.ts'
import type { Store } from '../../stores/store.ts'

/** Where a deleted session was found, best first: what was kept on purpose, what was left somewhere, what nobody kept. */
type DeletedFrom = 'archive' | 'copy' | 'pages'

const order: readonly DeletedFrom[] = ['archive', 'copy', 'pages']

/** A session that OpenCode does not have any more, and that can be had back. */
export interface DeletedSession {
  readonly session: Session
  readonly from: DeletedFrom
  /** The archive, the store that has a copy, or the database in whose pages it is. */
  readonly path: string
  /** Whether nothing tells that anything of it is missing. */
  readonly whole: boolean
  readonly missing: Missing
  /** What has it. */
  readonly store: Store
}

export interface Looking {
  /** The database that sessions were deleted from. */
  readonly database: string
  /** Every store there is, archives among them. */
  readonly catalog: Catalog
  /** Whether the pages of the database are looked through. */
  readonly pages: boolean
  readonly onProgress?: (done: number, pages: number) => void
}

/** Deleted sessions, the newest first, and what must be closed when they are not needed any more. */
export interface Deleted {
  readonly sessions: readonly DeletedSession[]
  close(): void
}

/**
 * Finds what a database does not have any more: in archives and other stores of the catalog, and in the database's own pages.
 * Each session once, from where it is whole, else from where it is newest, else from the best place.
 * @throws OcvaultError `failed` when the database cannot be read
 */
export function findDeleted({ database, catalog, pages, onProgress }: Looking): Deleted {
  const real = realpathSync(database)
  const isOwn = (path: string) => path === database || realpathSync(path) === real
  const own = catalog.stores.filter(({ store }) => isOwn(store.path)).map(({ store }) => store)
  const there = new Set(
    own.flatMap((store) => Array.from(store.sessions(), ({ id }) => id).filter((id) => !store.remains().has(id))),
  )
  const lost = pages ? findLost(database, onProgress) : undefined
  const found = new Map<SessionID, DeletedSession>()
  const take = (each: DeletedSession) => {
    const other = found.get(each.session.id)
    if (!other || isBetter(each, other)) found.set(each.session.id, each)
  }
  for (const session of catalog.sessions()) {
    if (there.has(session.id)) continue
    for (const { path, store: kind } of session.copies) {
      const store = catalog.stores.find(({ store: each }) => each.path === path && each.kind === kind)?.store
      const from = kind === 'archive' ? 'archive' : 'copy'
      if (store && !isOwn(path)) take({ session, from, path, store, whole: true, missing: nothingMissing })
    }
  }
  if (lost) for (const each of inPages(lost, database)) if (!there.has(each.session.id)) take(each)
  const sessions = [...found.values()].sort((a, b) => b.session.time.updated - a.session.time.updated)
  return { sessions, close: () => lost?.close() }
}

function* inPages(lost: LostSessions, path: string): Iterable<DeletedSession> {
  for (const session of lost.catalog.sessions()) {
    const store = lost.catalog.stores.find(({ store: each }) => each.session(session.id) !== undefined)?.store
    if (!store) continue
    const missing = lost.missing(session.id)
    yield { session, from: 'pages', path, store, whole: isWhole(missing), missing }
  }
}

function isBetter(a: DeletedSession, b: DeletedSession): boolean {
  if (a.whole !== b.whole) return a.whole
  const [at, bt] = [a.session.time.updated, b.session.time.updated]
  return at !== bt ? at > bt : order.indexOf(a.from) < order.indexOf(b.from)
}
