import type { SessionID } from '../../opencode/ids.ts'
import type { FoundStore } from './discover.ts'
import type { Session } from './session.ts'

/** A session that no OpenCode here shows, or that 2.x will not. */
export interface Stranded {
  readonly session: Session
  readonly reason: string
}

const notCopied = 'OpenCode 2.x copied the 1.x sessions once, without this one: only OpenCode 1.x shows it'

const recordGone = 'its own record is gone: no OpenCode shows what is left of it'

/** Why a session is stranded; null for one that is not. */
export function strandedBecause(stores: readonly FoundStore[], { copies, remains }: Session): string | null {
  if (copies.some((copy) => copy.visible.includes('v2'))) return null
  const found = stores.filter(({ store }) => copies.some((copy) => copy.path === store.path && copy.store === store.kind))
  if (found.some((place) => place.frozen && place.visible.length > 0)) return notCopied
  if (copies.some((copy) => copy.visible.length > 0) || found.every((place) => place.beside)) return null
  if (remains !== undefined) return recordGone
  return found.find((place) => place.hidden !== null && !place.beside)?.hidden ?? null
}

/**
 * The sessions that can be stranded: those of stores that nobody shows, or that 2.x has taken over, which no other store shows
 * for good. Where there is no such store nothing is read.
 */
export function maybeStranded(stores: readonly FoundStore[]): Set<SessionID> {
  const ids = new Set<SessionID>()
  for (const { store, beside } of stores) if (!beside) for (const id of store.remains().keys()) ids.add(id)
  const hidden = stores.filter((found) => (found.hidden !== null && !found.beside) || found.frozen)
  const frozen = hidden.some((found) => found.frozen)
  for (const { store } of hidden) for (const { id } of store.sessions()) ids.add(id)
  if (ids.size === 0) return ids
  for (const { store, visible } of stores) {
    // What 2.x has not taken over is stranded even where 1.x shows it.
    const shown = visible.includes('v2') || (visible.length > 0 && !frozen)
    if (shown) for (const id of store.updated([...ids]).keys()) if (!store.remains().has(id)) ids.delete(id)
  }
  return ids
}
