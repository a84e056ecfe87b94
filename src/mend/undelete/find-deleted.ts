import { realpathSync } from 'node:fs'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { findLost, type LostSessions } from '../../stores/lost/lost-sessions.ts'
import { isWhole, type Missing, missingInSalvaged, nothingMissing } from '../../stores/lost/wholeness.ts'
import type { Store } from '../../stores/store.ts'
import { replacedRows } from '../../transfer/undo/replaced-rows.ts'

/** Where a deleted session was found, best first: what was kept on purpose, what was left somewhere, what nobody kept. */
type DeletedFrom = 'archive' | 'copy' | 'notes' | 'pages'

const order: readonly DeletedFrom[] = ['archive', 'copy', 'notes', 'pages']

/** A session that OpenCode does not have any more, and that can be had back. */
export interface DeletedSession {
  readonly session: Session
  readonly from: DeletedFrom
  /** The archive, the store that has a copy, or the database in whose pages it is, or whose changes were noted. */
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
  /** Where the notes for undoing are, which have rows that an import or a restore has replaced; undefined: they are left out. */
  readonly notes: string | undefined
  readonly onProgress?: (done: number, pages: number) => void
}

/** Deleted sessions, the newest first, and what must be closed when they are not needed any more. */
export interface Deleted {
  readonly sessions: readonly DeletedSession[]
  close(): void
}

/**
 * Finds what a database does not have any more: in archives and other stores of the catalog, in the database's own pages, and
 * in what was noted of changes.
 * Each session once, from where it is whole, else from where it is newest, else from the best place.
 * @throws OcvaultError `failed` when the database cannot be read
 */
export function findDeleted({ database, catalog, pages, notes, onProgress }: Looking): Deleted {
  const real = realpathSync(database)
  const isOwn = (path: string) => path === database || realpathSync(path) === real
  const own = catalog.stores.filter(({ store }) => isOwn(store.path)).map(({ store }) => store)
  const there = new Set(
    own.flatMap((store) => Array.from(store.sessions(), ({ id }) => id).filter((id) => !store.remains().has(id))),
  )
  const known = notes === undefined ? [] : replacedRows(notes, database)
  const isDatabase = own.some(({ kind }) => kind.startsWith('sqlite-'))
  const lost = isDatabase ? findLost(database, { there, pages, known, ...(onProgress && { onProgress }) }) : undefined
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
      if (!store || isOwn(path)) continue
      const missing = missingInSalvaged(store, session.id) ?? nothingMissing
      take({ session, from, path, store, whole: isWhole(missing), missing })
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
    const from = lost.elsewhere.has(session.id) ? 'notes' : 'pages'
    yield { session, from, path, store, whole: isWhole(missing), missing }
  }
}

function isBetter(a: DeletedSession, b: DeletedSession): boolean {
  if (a.whole !== b.whole) return a.whole
  const [at, bt] = [a.session.time.updated, b.session.time.updated]
  return at !== bt ? at > bt : order.indexOf(a.from) < order.indexOf(b.from)
}
