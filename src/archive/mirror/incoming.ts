import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import { pinnedSessions } from '../../stores/catalog/pinned.ts'
import { IndexCheck } from '../format/index-check.ts'
import { filesOf } from './claim.ts'
import { printTree } from './print.ts'
import type { MirrorRun } from './run.ts'
import type { MachineState } from './state.ts'
import { type Selected, treesOf } from './trees.ts'
import type { Incoming } from './update.ts'

/** What the stores of a catalog bring to a mirror. */
export function incomingFrom(run: MirrorRun, catalog: Catalog, sessions: Iterable<Selected>): Incoming {
  const trees = treesOf(catalog, sessions)
  const marks = new Map<SessionID, string>()
  const check = new IndexCheck(
    catalog.stores.map(({ store }) => store),
    trees.flat(),
    ({ kind }, own) => {
      for (const [id, mark] of own) {
        const before = marks.get(id)
        marks.set(id, before === undefined ? `${kind} ${mark}` : `${before} + ${kind} ${mark}`)
      }
    },
  )
  return {
    trees,
    marks,
    print: async (ids) => {
      const printed = await printTree(run, catalog, check, ids)
      return printed.map(([{ id, title, parentID, projectID, directory, time }, documents]) => {
        return [{ id, title, parentID, projectID, directory, updated: time.updated }, documents]
      })
    },
    goneOf: (ids) => goneFrom(run, catalog)(ids),
    pinned: () => [...pinnedSessions(catalog)].sort(),
    problems: () =>
      catalog
        .problems()
        .filter(({ kind }) => kind === 'unreadable')
        .map(({ path, reason }) => ({ path, reason })),
  }
}

/** Whether a version was found in the mirror, where a merge had left it. */
const isStray = ({ path }: MachineState['sources'][number]) => /^(?:sessions|copies)\//.test(path)

/** Tells whether no store has a session any more. A store that is not there, or cannot be read, deletes nothing. */
function goneFrom({ own }: MirrorRun, catalog: Catalog): (ids: readonly SessionID[]) => ReadonlySet<SessionID> {
  const unreadable = catalog.problems().filter(({ kind }) => kind === 'unreadable')
  const isSound = ({ kind, path }: MachineState['sources'][number]) =>
    catalog.stores.some(({ store }) => store.kind === kind && store.path === path) &&
    !unreadable.some((problem) => problem.path.startsWith(path))
  return (ids) => {
    const there = new Set(catalog.stores.flatMap(({ store }) => [...store.updated(ids).keys()]))
    const isGone = (id: SessionID) => {
      const sources = filesOf(own.sessions.get(id)!).map(({ source }) => own.sources[source])
      return !there.has(id) && sources.every((source) => source && (isStray(source) || isSound(source)))
    }
    return new Set(ids.filter(isGone))
  }
}
