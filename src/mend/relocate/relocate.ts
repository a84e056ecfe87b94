import { dirname } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import { type Holder, holdersOf } from '../../base/holders.ts'
import { placesBeside } from '../../opencode/data-dirs.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { discover, type FoundStore, thisMachine } from '../../stores/catalog/discover.ts'
import { isKeptDatabase } from '../../stores/catalog/kept-database.ts'
import type { Edit } from '../../transfer/edit/edit.ts'
import { carryOutEdits } from '../../transfer/undo/carry-out-edits.ts'
import { EditNotes } from '../../transfer/undo/edit-notes.ts'
import { rollBackCutOff } from '../../transfer/undo/unfinished.ts'
import type { Project } from '../../transfer/write/writer.ts'
import { snapshotEdits, stateEdits } from './beside-edits.ts'
import { DatabaseEdits, type EditedSession } from './database-edits.ts'
import type { Relocation } from './relocation.ts'
import { slugEdits, treeEdits } from './tree-edits.ts'

export interface RelocateOptions {
  /** Data directories, homes, databases or trees instead of the machine's own. */
  readonly roots?: readonly string[]
  readonly dryRun?: boolean
  /** Where notes for undoing go. */
  readonly undo: string
}

/** What was done to the stores, or would be. */
export interface RelocateReport {
  readonly dryRun: boolean
  /** The name under which it can be taken back; null where nothing was changed. */
  readonly change: string | null
  readonly stores: readonly { readonly path: string; readonly sessions: number; readonly records: number }[]
  /** Files and folders beside the stores: snapshots, lists of the state directory. */
  readonly files: number
  readonly sessions: readonly EditedSession[]
  /** What a person must know, a sentence each. */
  readonly notes: readonly string[]
  /** Programs that have a store open: they know the old place until they are started again. */
  readonly running: readonly Holder[]
}

/**
 * Relocates what all stores say, and what lies beside them. Everything is planned and noted before anything is changed.
 * @param relocationFor whether the OpenCode that made a store asks the remote for a project's id: 1.15 and later
 * @throws OcvaultError `not-found` without stores, `failed` with nothing changed
 */
export function relocate(options: RelocateOptions, relocationFor: (asksRemote: boolean) => Relocation): RelocateReport {
  const found = discover(options.roots ? { roots: options.roots } : {})
  // A process cannot write a database that it holds open read-only.
  for (const { store } of found.stores) store.close()
  const places = placesOf(found.stores)
  const notes: string[] = found.problems
    .filter(({ kind }) => kind === 'unreadable')
    .map(({ path, reason }) => `${path}: ${reason}`)
  const database = places.databases[0] ?? places.trees[0] ?? places.slugs[0]
  if (database === undefined) throw new OcvaultError('not-found', 'no OpenCode sessions were found', { hint: 'root' })
  rollBackCutOff(options.undo)
  const change = new EditNotes(options.undo, { database, time: Date.now() })
  let keep = false
  try {
    const planned = plan(places, (path) => relocationFor(path !== '' && asksRemote(path)), change)
    const running = holdersOf(places.databases.flatMap((path) => [path, `${path}-wal`]))
    const report = { ...planned, notes, running }
    if (change.edits === 0 || options.dryRun) return { ...report, dryRun: options.dryRun ?? false, change: null }
    change.commit()
    carryOutEdits(change)
    keep = true
    return { ...report, dryRun: false, change: change.change }
  } finally {
    change.close(keep)
  }
}

interface Places {
  readonly databases: readonly string[]
  readonly trees: readonly string[]
  readonly slugs: readonly string[]
  /** Data directories, with what lies beside the stores. */
  readonly folders: readonly string[]
}

function placesOf(stores: readonly FoundStore[]): Places {
  const of = (pattern: RegExp) => [
    ...new Set(
      stores.filter(({ store }) => pattern.test(store.kind) && !isKeptDatabase(store.path)).map(({ store }) => store.path),
    ),
  ]
  const [databases, trees, slugs] = [of(/^sqlite-/), of(/^json-tree$/), of(/^json-slug$/)]
  const folders = [...databases, ...trees]
    .map((path) => dirname(path))
    .concat(slugs.map((path) => dirname(dirname(dirname(path)))))
  return { databases, trees, slugs, folders: [...new Set(folders)] }
}

/** Whether the OpenCode that made a database asks the remote for the project's id: 1.15 and later, which have a column `cost`. */
function asksRemote(path: string): boolean {
  const db = new WritableDatabase(path)
  try {
    return ['session', 'session_v2'].some((table) => db.columns(table).some(({ name }) => name === 'cost'))
  } finally {
    db.close()
  }
}

interface Planned {
  readonly sessions: readonly EditedSession[]
  readonly stores: RelocateReport['stores']
  readonly files: number
}

function plan(places: Places, relocationFor: (path: string) => Relocation, change: EditNotes): Planned {
  const sessions = new Map<string, EditedSession>()
  const stores: { path: string; sessions: number; records: number }[] = []
  const projects = new Map<string, Project>()
  const told = (ids: Set<string>) => ({
    session: (session: EditedSession) => {
      ids.add(session.id)
      sessions.set(session.id, session)
      change.session(session.id, session.title)
    },
  })
  const note = (path: string, ids: ReadonlySet<string>, edits: Iterable<Edit>) => {
    const before = change.edits
    for (const edit of edits) change.add(edit)
    if (change.edits > before) stores.push({ path, sessions: ids.size, records: change.edits - before })
  }
  for (const path of places.databases) {
    const relocation = relocationFor(path)
    const db = new WritableDatabase(path)
    try {
      const ids = new Set<string>()
      const edits = new DatabaseEdits(db, relocation, told(ids))
      note(path, ids, edits.all())
      for (const [id, project] of edits.projects) projects.set(id, project)
    } finally {
      db.close()
    }
  }
  for (const root of places.trees) {
    const ids = new Set<string>()
    note(root, ids, treeEdits(root, relocationFor(''), told(ids)))
  }
  const before = change.edits
  const relocation = relocationFor(places.databases[0] ?? '')
  for (const data of places.folders) for (const edit of snapshotEdits(data, relocation, projects)) change.add(edit)
  const states = places.folders.flatMap((data) => placesBeside(data, thisMachine())?.state ?? [])
  for (const state of new Set(states)) for (const edit of stateEdits(state, relocation)) change.add(edit)
  const files = change.edits - before
  for (const root of places.slugs) {
    const ids = new Set<string>()
    note(root, ids, slugEdits(root, relocationFor(''), told(ids)))
  }
  return { sessions: [...sessions.values()], stores, files }
}
