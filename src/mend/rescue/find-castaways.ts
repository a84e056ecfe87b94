import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { channelOf } from '../../opencode/data-dirs.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { Database } from '../../sqlite/database.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import type { FoundStore } from '../../stores/catalog/discover.ts'
import { sessionsWithLostMessages } from '../../stores/sqlite/lost-rows.ts'
import type { Store } from '../../stores/store.ts'
import type { Target } from '../../transfer/write/target.ts'
import { type Castaway, type Castaways, castaway, countMissing, familyOf, messageIDs, storesWith } from './castaway.ts'

const whyDetached = {
  'parent-gone': 'the session that started it is gone: OpenCode lists neither',
  circle: 'its parents go round in a circle: OpenCode lists none of them',
}

const partsAlone = 'messages of it have lost their own rows, and only their parts are left: OpenCode does not show them'

/** The stores that an OpenCode reads which uses this target. */
export function storesInUse({ stores }: Catalog, { path, layout, generation }: Target): Store[] {
  const real = realpathSync(path)
  const kind = layout === 'sqlite' ? `sqlite-${generation}` : 'json-tree'
  return stores.map(({ store }) => store).filter((store) => store.kind === kind && realpathSync(store.path) === real)
}

/**
 * Finds what is to come into the store in use: sessions that nobody shows, those of which a store that nobody reads has more, and
 * those in it of which messages have no rows.
 */
export function findCastaways(catalog: Catalog, target: Target): Castaways {
  const inUse = storesInUse(catalog, target)
  const sessions = new Map<SessionID, Castaway>()
  for (const { session, reason } of catalog.stranded()) {
    const { id } = session
    if (inUse.some((store) => !store.remains().has(id) && store.updated([id]).size > 0)) continue
    const found = castaway(session, reason, storesWith(catalog, session))
    if (found) sessions.set(id, found)
  }
  const notes: string[] = []
  const hidden = catalog.stores.filter(({ hidden: why, beside, store }) => why !== null && !beside && !inUse.includes(store))
  for (const place of hidden) for (const found of goneOn(catalog, place, inUse, notes)) takeNewest(sessions, found)
  for (const found of [...lostMessages(catalog, inUse), ...detached(catalog, inUse)])
    if (!sessions.has(found.session.id)) sessions.set(found.session.id, found)
  return { sessions: [...sessions.values()].sort((a, b) => b.session.time.updated - a.session.time.updated), notes }
}

function takeNewest(sessions: Map<SessionID, Castaway>, found: Castaway): void {
  const other = sessions.get(found.session.id)
  if (!other || other.session.time.updated < found.session.time.updated) sessions.set(found.session.id, found)
}

/** How many sessions are looked up together. */
const chunk = 500

/**
 * Sessions that are in use, and that went on in a store that nobody reads. Of the copies that a syncer leaves of a conflict also
 * the older ones are looked at: each side may have what the other has not.
 */
function* goneOn(catalog: Catalog, { store, hidden }: FoundStore, inUse: readonly Store[], notes: string[]): Iterable<Castaway> {
  const isConflict = channelOf(basename(store.path)) === undefined && store.kind.startsWith('sqlite-')
  const headers = [...store.sessions()]
  for (let at = 0; at < headers.length; at += chunk) {
    const some = headers.slice(at, at + chunk)
    for (const here of inUse.filter(({ kind }) => familyOf(kind) === familyOf(store.kind))) {
      const updated = here.updated(some.map(({ id }) => id))
      for (const header of some) {
        const { id } = header
        const there = updated.get(id)
        if (there === undefined || there === header.time.updated || here.remains().has(id) || store.remains().has(id)) continue
        const session = catalog.session(id)
        if (session && header.time.updated > there) {
          const reason = `it went on there: ${hidden}`
          yield { session: { ...session, ...header }, reason, store, record: undefined, others: [] }
        } else if (session && isConflict) {
          const only = countMissing(messageIDs(store, id), messageIDs(here, id))
          if (only > 0) notes.push(`session ${id} went another way in ${store.path}: ${only} of its messages are only there`)
        }
      }
    }
  }
}

/** Sessions in use that have parts whose message has no row. */
function* lostMessages(catalog: Catalog, inUse: readonly Store[]): Iterable<Castaway> {
  for (const store of inUse.filter(({ kind }) => kind === 'sqlite-v1')) {
    const db = new Database(store.path)
    try {
      for (const id of sessionsWithLostMessages(db)) {
        const session = catalog.session(id)
        if (session) yield { session, reason: partsAlone, store, record: undefined, others: [] }
      }
    } finally {
      db.close()
    }
  }
}

/** Subagents in use whose parent is nowhere: they become sessions of their own, as an import makes them. */
function* detached(catalog: Catalog, inUse: readonly Store[]): Iterable<Castaway> {
  for (const [id, why] of catalog.detached()) {
    const store = inUse.find((each) => !each.remains().has(id) && each.updated([id]).size > 0)
    const session = store && catalog.session(id)
    if (session) yield { session, reason: whyDetached[why], store, record: undefined, others: [] }
  }
}
