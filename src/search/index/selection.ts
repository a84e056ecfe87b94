import type { SessionID } from '../../opencode/ids.ts'
import type { Scope } from '../source.ts'
import type { Directory } from './directory.ts'

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
}

export function selectionIn(directory: Directory, { scope, everything, without, here }: SelectionOptions): Selection {
  const count = directory.first.length
  const asked = (predicate: Scope) => {
    const answers = new Uint8Array(count)
    for (let at = 0; at < count; at++) answers[at] = predicate(headerOf(directory, at)) ? 1 : 0
    return answers
  }
  const near = here ? asked(here) : new Uint8Array(count)
  const selected = everything ? new Uint8Array(count).fill(1) : asked(scope)
  if (without.size > 0) for (let at = 0; at < count; at++) if (without.has(directory.ids[at]!)) selected[at] = 0
  const leftOut: number[] = []
  for (let at = 0; at < count; at++) if (selected[at] === 0) leftOut.push(at)
  return { selected, near, leftOut }
}

function headerOf({ ids, updated, archived, origin, origins }: Directory, at: number): Parameters<Scope>[0] {
  const time = { created: 0, updated: updated[at]!, archived: archived[at] === 1 ? 1 : null }
  return { id: ids[at]!, ...origins[origin[at]!]!, time }
}
