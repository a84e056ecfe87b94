import { existsSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import { type Holder, holdersOf } from '../../base/holders.ts'
import { placesBeside } from '../../opencode/data-dirs.ts'
import { directoryKey, isWindowsPath, normalizeDirectory } from '../../opencode/directories.ts'
import { RealDirectories } from '../../opencode/real-directories.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { type DiscoverOptions, discover, type FoundStore, thisMachine } from '../../stores/catalog/discover.ts'
import type { Edit } from '../../transfer/edit/edit.ts'
import { carryOutEdits } from '../../transfer/undo/carry-out-edits.ts'
import { EditNotes } from '../../transfer/undo/edit-notes.ts'
import { rollBackCutOff } from '../../transfer/undo/unfinished.ts'
import type { Project } from '../../transfer/write/writer.ts'
import { snapshotEdits, stateEdits } from '../relocate/beside-edits.ts'
import { DatabaseEdits, type EditedSession } from '../relocate/database-edits.ts'
import type { Relocation } from '../relocate/relocation.ts'
import { slugEdits, treeEdits } from '../relocate/tree-edits.ts'
import { relocationTo } from './moved.ts'

export interface RelinkOptions {
  /** Data directories, homes, databases or trees instead of the machine's own. */
  readonly roots?: readonly string[]
  /** Also where the new place is not there, or the old one still is. */
  readonly force?: boolean
  readonly dryRun?: boolean
  /** Where notes for undoing go. */
  readonly undo: string
}

/** What a relink has done, or would do. */
export interface RelinkReport {
  readonly from: string
  readonly to: string
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
 * Tells every store, and what lies beside, that a directory has moved: sessions, projects, snapshots, and lists of files. What
 * was said stays. Everything is planned and noted before anything is changed.
 * @throws OcvaultError `usage`, `not-found`, `refused` when the directories are not as one expects, `failed` with nothing changed
 */
export function relink(from: string, to: string, options: RelinkOptions): RelinkReport {
  const moved = movedFrom(from, to, options.force ?? false)
  const found = discover(options.roots ? ({ roots: options.roots } satisfies DiscoverOptions) : {})
  // A process cannot write a database that it holds open read-only.
  for (const { store } of found.stores) store.close()
  const places = placesOf(found.stores)
  const notes: string[] = found.problems
    .filter(({ kind }) => kind === 'unreadable')
    .map(({ path, reason }) => `${path}: ${reason}`)
  if (existsSync(moved.from[0]!)) notes.push(`${moved.from[0]} is still there; its sessions are those of ${moved.to} now`)
  const database = places.databases[0] ?? places.trees[0] ?? places.slugs[0]
  if (database === undefined) throw new OcvaultError('not-found', 'no OpenCode sessions were found', { hint: 'root' })
  rollBackCutOff(options.undo)
  const change = new EditNotes(options.undo, { database, time: Date.now() })
  let keep = false
  try {
    const { sessions, stores, files } = plan(places, (path) => relocationOf(path, moved), change)
    const running = holdersOf(places.databases.flatMap((path) => [path, `${path}-wal`]))
    const report = { from: moved.from[0]!, to: moved.to, stores, files, sessions, notes, running }
    if (change.edits === 0 || options.dryRun) return { ...report, dryRun: options.dryRun ?? false, change: null }
    change.commit()
    carryOutEdits(change)
    keep = true
    return { ...report, dryRun: false, change: change.change }
  } finally {
    change.close(keep)
  }
}

/** @throws OcvaultError `usage`, `not-found`, `refused` */
function movedFrom(from: string, to: string, force: boolean): { readonly from: readonly string[]; readonly to: string } {
  const old = absolute(from)
  const isThere = existsSync(absolute(to))
  const now = isThere ? realpathSync(absolute(to)) : absolute(to)
  if (directoryKey(old) === '/') throw new OcvaultError('usage', 'the root of everything cannot have moved')
  const real = new RealDirectories().of(old)
  const spellings = [...new Set([old, real])].filter((each) => directoryKey(each) !== directoryKey(now))
  if (spellings.length === 0) throw new OcvaultError('usage', `${from} and ${to} are the same directory`)
  if (!isThere && !force) {
    throw new OcvaultError('refused', `${now} is not there`, { hint: 'relink-anyway' })
  }
  return { from: spellings, to: now }
}

function absolute(path: string): string {
  if (isAbsolute(path) || isWindowsPath(path)) return path.length > 1 ? normalTail(path) : path
  return resolve(path)
}

const normalTail = (path: string) => (isWindowsPath(path) ? path.replace(/[\\/]+$/, '') : normalizeDirectory(resolve(path)))

interface Places {
  readonly databases: readonly string[]
  readonly trees: readonly string[]
  readonly slugs: readonly string[]
  /** Data directories, with what lies beside the stores. */
  readonly folders: readonly string[]
}

function placesOf(stores: readonly FoundStore[]): Places {
  const of = (pattern: RegExp) => [
    ...new Set(stores.filter(({ store }) => pattern.test(store.kind)).map(({ store }) => store.path)),
  ]
  const [databases, trees, slugs] = [of(/^sqlite-/), of(/^json-tree$/), of(/^json-slug$/)]
  const folders = [...databases, ...trees]
    .map((path) => dirname(path))
    .concat(slugs.map((path) => dirname(dirname(dirname(path)))))
  return { databases, trees, slugs, folders: [...new Set(folders)] }
}

function relocationOf(path: string, moved: { readonly from: readonly string[]; readonly to: string }): Relocation {
  return relocationTo(moved, 'v1', path === '' ? false : asksRemote(path))
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
  readonly stores: RelinkReport['stores']
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
