import { dirname, join } from 'node:path'
import { isObject, listOf, parseObject } from '../../base/json.ts'
import { readRegular } from '../../base/regular.ts'
import { type Machine, placesBeside } from '../../opencode/data-dirs.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog } from './catalog.ts'
import { thisMachine } from './discover.ts'

/**
 * The sessions that a person has pinned in the list of the terminal interface: `{"pinned": […]}` in `session.json` of the state
 * directory that goes with the data directory of each store (OpenCode 1.18). What cannot be read pins nothing: no session is
 * lost by that.
 */
export function pinnedSessions({ stores }: Pick<Catalog, 'stores'>, machine: Machine = thisMachine()): ReadonlySet<SessionID> {
  const folders = new Set(stores.flatMap(({ store }) => placesBeside(dirname(store.path), machine)?.state ?? []))
  return new Set([...folders].flatMap((folder) => pinnedIn(join(folder, 'session.json'))))
}

function pinnedIn(path: string): SessionID[] {
  try {
    const state = parseObject(readRegular(path).toString())
    return isObject(state) ? listOf(state.pinned).filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}
