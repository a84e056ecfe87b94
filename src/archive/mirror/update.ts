import type { SessionID } from '../../opencode/ids.ts'
import type { ManifestSession } from '../format/manifest.ts'
import { blobName } from '../format/names.ts'
import { filesOf } from './claim.ts'
import { finishRun, isDeleted } from './finish.ts'
import { type About, dropLost, markDeleted, type PrintedDocument, putSession, type Written } from './put.ts'
import type { MirrorRun } from './run.ts'
import { takeInStrays } from './strays.ts'

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

/** A session with its documents, the leading one first. */
type PrintedSession = readonly [about: Omit<About, 'mark'>, documents: readonly PrintedDocument[]]

/** What a backup brings to a mirror: what the stores of a machine say. */
export interface Incoming {
  /** Sessions with their subagents. */
  readonly trees: readonly (readonly SessionID[])[]
  /** What tells of each session whether it has changed. Taken before anything is read. */
  readonly marks: ReadonlyMap<SessionID, string>
  /** Reads sessions of one tree. Those that cannot be read are named, and not among them. */
  print(ids: readonly SessionID[]): Promise<readonly PrintedSession[]>
  /** Tells of sessions which ones every store that they came from is there without. */
  goneOf(ids: readonly SessionID[]): ReadonlySet<SessionID>
  /** Sessions that are pinned in OpenCode; asked in the end. */
  pinned(): readonly SessionID[]
  /** Stores, or parts of them, that could not be read; asked in the end. */
  problems(): MirrorRun['own']['problems']
}

/** Brings a mirror up to date with what the stores of a machine say. @param tool name and version of this program */
export async function update(
  run: MirrorRun,
  incoming: Incoming,
  { tool, onProgress }: Pick<MirrorOptions, 'tool' | 'onProgress'>,
): Promise<MirrorReport> {
  const { trees, marks } = incoming
  const ids = trees.flat()
  dropLost(run)
  takeInStrays(run)
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
    for (const [about, documents] of wanted.length > 0 ? await incoming.print(wanted) : []) {
      // What could not be read is asked for again the next time, and named again.
      const mark = documents.every(({ isWhole }) => isWhole) ? (marks.get(about.id) ?? '') : ''
      const why = putSession(run, { ...about, mark }, documents)
      if (why) written.push({ id: about.id, why })
      // What was there already, or is in another file.
      for (const { growing } of documents) run.folder.remove(growing)
    }
    done += tree.length
    onProgress?.({ done, sessions: ids.length, bytes: run.bytes })
  }
  markDeleted(run, new Set(ids), (some) => incoming.goneOf(some))
  const problems = incoming.problems()
  run.changed ||= JSON.stringify(problems) !== JSON.stringify(run.own.problems)
  run.own.problems = problems
  const pinned = incoming.pinned().filter((id) => run.own.sessions.has(id))
  run.changed ||= pinned.join() !== run.own.pinned.join()
  run.own.pinned = pinned
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

function isUnchanged(run: MirrorRun, id: SessionID, mark: string): boolean {
  const { folder, own } = run
  const claim = own.sessions.get(id)
  if (!claim || claim.mark !== mark || mark === '' || claim.deleted !== null) return false
  if (!filesOf(claim).every(({ entry, bytes }) => folder.size(entry) === bytes)) return false
  if (!claim.blobs.every((hash) => folder.size(blobName(hash)) !== undefined)) return false
  // Where another machine says something else of the same file, the file is asked.
  const others = run.othersOn(id).flatMap(filesOf)
  return filesOf(claim).every(({ entry, sha256 }) => {
    const isDisputed = others.some((file) => file.entry === entry && file.sha256 !== sha256)
    return !isDisputed || folder.hash(entry) === sha256
  })
}
