import type { SessionID } from '../../opencode/ids.ts'
import type { Scope } from '../source.ts'
import { type Directory, states } from './directory.ts'

export interface SelectionOptions {
  readonly scope: Scope
  /** True when every session is in scope, so that nothing needs to be asked of them. */
  readonly everything: boolean
  /** Sessions that are not to be looked up here: the index is out of date about them, or another store leads. */
  readonly without: ReadonlySet<SessionID>
  /** Which sessions are near; null: none is nearer than others. */
  readonly here: Scope | null
}

/** Which sessions of a directory are asked at all, and which are near: 1 or 0 for each, by its number. */
export interface Selection {
  readonly selected: Uint8Array
  readonly near: Uint8Array
  /** The numbers of those that are not asked. */
  readonly leftOut: readonly number[]
  /** How many are asked, and how many messages they have. */
  readonly sessions: number
  readonly messages: number
}

export function selectionIn(directory: Directory, { scope, everything, without, here }: SelectionOptions): Selection {
  const { count, states: is, origin, messages: has } = directory
  const selected = new Uint8Array(count)
  const near = new Uint8Array(count)
  const leftOut: number[] = []
  // Nearness hangs on nothing but the project and the directory.
  const nearOrigins = directory.origins.map((_origin, number) => here?.(headerOf(directory, -1, number)) === true)
  const asked = (at: number) =>
    (everything || scope(headerOf(directory, at))) && (without.size === 0 || !without.has(directory.id(at)))
  const all = everything && without.size === 0
  let sessions = 0
  let messages = 0
  for (let at = 0; at < count; at++) {
    if (nearOrigins[origin[at]!]) near[at] = 1
    if (is[at] === states.gone) continue
    if (all || asked(at)) {
      selected[at] = 1
      sessions++
      messages += has[at]!
    } else leftOut.push(at)
  }
  return { selected, near, leftOut, sessions, messages }
}

/** @param at number of the session; -1: of any */
function headerOf(directory: Directory, at: number, origin = directory.origin[at]!): Parameters<Scope>[0] {
  const archived = directory.states[at] === states.archived ? 1 : null
  const time = { created: 0, updated: directory.updated[at] ?? 0, archived }
  return { id: at < 0 ? '' : directory.id(at), ...directory.origins[origin]!, time }
}
