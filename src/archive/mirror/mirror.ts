import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import type { ManifestSession } from '../format/manifest.ts'
import { blobName } from '../format/names.ts'
import { filesOf } from './claim.ts'
import { finishRun, isDeleted, prune } from './finish.ts'
import { DiskFolder, openMirror, prepareMirror } from './folder.ts'
import { lockMirror } from './lock.ts'
import { printTree } from './print.ts'
import { dropPruned, markDeleted, putSession, type Written } from './put.ts'
import { MirrorRun } from './run.ts'
import type { MachineState } from './state.ts'
import { takeInStrays } from './strays.ts'
import { type Selected, treesOf } from './trees.ts'

export interface MirrorOptions {
  /** The name of this machine: `machineName`. */
  readonly machine: string
  /** Name and version of this program. */
  readonly tool: string
  /** How long to wait for another backup into the same folder, in ms. */
  readonly patience?: number
  readonly onProblem: (path: string, reason: string) => void
  readonly onProgress?: (progress: MirrorProgress) => void
}

interface MirrorProgress {
  readonly done: number
  readonly sessions: number
  readonly bytes: number
}

export interface MirrorReport {
  readonly machine: string
  /** Sessions in the mirror, those of all machines. */
  readonly sessions: number
  /** What was written, and why. */
  readonly written: readonly { readonly id: SessionID; readonly why: Written }[]
  readonly unchanged: number
  /** Sessions that no store has any more. They stay until they are pruned. */
  readonly deleted: readonly ManifestSession[]
  /** Bytes of the files that were written. */
  readonly bytes: number
  /** Whether anything in the mirror is other than before. */
  readonly changed: boolean
}

/**
 * Brings a mirror folder up to date: the files of an archive, of which only those are written whose sessions have changed. What
 * OpenCode has deleted stays, and is marked. Nothing is ever lost that another machine has put there, and a process that is
 * killed at any point leaves a mirror that is as good as before, or better (docs/mirror.md).
 * @param sessions to keep; their subagents come along
 * @throws OcvaultError `refused` when another backup is at work there, or when the folder holds something else; `failed` when it
 *   cannot be written
 */
export async function updateMirror(
  catalog: Catalog,
  sessions: Iterable<Selected>,
  mirror: string,
  options: MirrorOptions,
): Promise<MirrorReport> {
  return withMirror(mirror, options, (run) => update(run, catalog, sessions, options))
}

/**
 * Removes sessions that no store has any more.
 * @param ids of those that may go; others stay, and so does one that has come back
 * @throws as {@link updateMirror}
 */
export async function pruneMirror(mirror: string, ids: readonly SessionID[], options: MirrorOptions): Promise<ManifestSession[]> {
  return withMirror(mirror, options, (run) => prune(run, new Set(ids)))
}

async function withMirror<T>(mirror: string, options: MirrorOptions, work: (run: MirrorRun) => Promise<T>): Promise<T> {
  openMirror(mirror)
  const unlock = lockMirror(mirror, options.patience)
  try {
    prepareMirror(mirror)
    return await work(new MirrorRun(new DiskFolder(mirror), options.machine, options.onProblem))
  } finally {
    unlock()
  }
}

async function update(
  run: MirrorRun,
  catalog: Catalog,
  sessions: Iterable<Selected>,
  { tool, onProgress }: MirrorOptions,
): Promise<MirrorReport> {
  const trees = treesOf(catalog, sessions)
  const ids = trees.flat()
  dropPruned(run)
  takeInStrays(run)
  const marks = marksOf(catalog, ids)
  const isCurrent = run.own.tool === tool
  // Another release may print the same sessions in another way.
  if (!isCurrent) run.changed = true
  run.own.tool = tool
  const written: MirrorReport['written'][number][] = []
  let done = 0
  let unchanged = 0
  for (const tree of trees) {
    const wanted = tree.filter((id) => !isCurrent || !isUnchanged(run, id, marks.get(id) ?? ''))
    unchanged += tree.length - wanted.length
    for (const [session, documents] of wanted.length > 0 ? await printTree(run, catalog, wanted) : []) {
      const { id, title, parentID, projectID, directory } = session
      // What could not be read is asked for again the next time, and named again.
      const mark = documents.every(({ isWhole }) => isWhole) ? (marks.get(id) ?? '') : ''
      const about = { id, title, parentID, projectID, directory, updated: session.time.updated, mark }
      const why = putSession(run, about, documents)
      if (why) written.push({ id, why })
      // What was there already, or is held by another file.
      for (const { growing } of documents) run.folder.remove(growing)
    }
    done += tree.length
    onProgress?.({ done, sessions: ids.length, bytes: run.bytes })
  }
  markDeleted(run, new Set(ids), goneFrom(run, catalog))
  noteProblems(run, catalog)
  const manifest = await finishRun(run)
  return {
    machine: run.own.machine,
    sessions: manifest.length,
    written,
    unchanged,
    deleted: manifest.filter(isDeleted),
    bytes: run.bytes,
    changed: run.changed,
  }
}

/** What tells of each session whether it has changed, from all stores that have it. Taken before anything is read. */
function marksOf(catalog: Catalog, ids: readonly SessionID[]): Map<SessionID, string> {
  const marks = new Map<SessionID, string>()
  for (const { store } of catalog.stores) {
    for (const [id, mark] of store.marks(false, ids)) {
      const before = marks.get(id)
      const own = `${store.kind} ${mark}`
      marks.set(id, before === undefined ? own : `${before} + ${own}`)
    }
  }
  return marks
}

function isUnchanged(run: MirrorRun, id: SessionID, mark: string): boolean {
  const { folder, own } = run
  const claim = own.sessions.get(id)
  if (!claim || claim.mark !== mark || mark === '' || claim.deleted !== null) return false
  if (!filesOf(claim).every(({ entry, bytes }) => folder.size(entry) === bytes)) return false
  if (!claim.blobs.every((hash) => folder.size(blobName(hash)) !== undefined)) return false
  // Where another machine says something else of the same file, the file is asked.
  const isDisputed = run.othersOn(id).some(({ entry, sha256 }) => entry === claim.entry && sha256 !== claim.sha256)
  return !isDisputed || folder.hash(claim.entry) === claim.sha256
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

function noteProblems(run: MirrorRun, catalog: Catalog): void {
  const problems = catalog
    .problems()
    .filter(({ kind }) => kind === 'unreadable')
    .map(({ path, reason }) => ({ path, reason }))
  run.changed ||= JSON.stringify(problems) !== JSON.stringify(run.own.problems)
  run.own.problems = problems
}
