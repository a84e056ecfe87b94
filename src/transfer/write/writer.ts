import type { ExportedV1, ExportedV2 } from '../../convert/exported.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/port.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import type { RawRecord, StoreKind } from '../../stores/store.ts'
import type { DigestTable } from './sqlite/row-digest.ts'

/** A session in the shape of one of the two generations. */
export type Exported = ExportedV1 | ExportedV2

/** The project that a session goes to; its row is made where it is not there. */
export interface Project {
  readonly id: string
  /** The root of its (main) work tree; `/` for `global`. */
  readonly worktree: string
  readonly vcs: 'git' | null
}

/** A session as it was stored, byte for byte. */
export interface Raw {
  readonly kind: StoreKind
  readonly records: Iterable<RawRecord>
  /** The rows or files of its project. */
  readonly project: Iterable<RawRecord>
}

/** A thing to do, as 1.0 to 1.19 keep it beside a session. */
export interface Todo {
  readonly content: string
  readonly status: string
  readonly priority: string
}

/** Where a session is, by its store. */
export interface StoredLocation {
  readonly projectID: string
  readonly directory: string
  /** From the work tree to the directory; null in stores that do not tell. */
  readonly path: string | null
}

/** A session to be written, with its id, parent, project and directory as they shall be. */
export interface Outgoing<E extends Exported> {
  readonly exported: E
  readonly project: Project
  /** Its list of things to do, which no export has; for a session that is new. */
  readonly todos?: readonly Todo[]
  /**
   * What is written instead where the store has the layout that this is from. Its project and directory count if `isMoved` is not
   * set.
   */
  readonly raw?: Raw
  /** Whether `exported` has another project or directory than `raw`. */
  readonly isMoved?: boolean
  /**
   * Where a session of this id that is there goes, which replaces where it is; undefined leaves it there. Without it, each
   * stays.
   */
  readonly relocate?: (there: StoredLocation) => StoredLocation | undefined
}

/**
 * What writing a session means:
 * - `new`: no session of this id is there
 * - `identical`: nothing would change
 * - `behind`: all of it is there already, and more or newer
 * - `adds`: messages are added, none is changed
 * - `replaces`: messages or the session itself would be changed
 * - `diverged`: both sides have what the other has not, or messages belong to another session
 */
export type PlanKind = 'new' | 'identical' | 'behind' | 'adds' | 'replaces' | 'diverged'

export interface SessionPlan {
  readonly id: SessionID
  readonly kind: PlanKind
  /**
   * Of the messages to be written: `added` are not there yet, `changed` are there with another content; `missing` are only there.
   */
  readonly messages: { readonly total: number; readonly added: number; readonly changed: number; readonly missing: number }
  /** What differs, in words; a few of many. */
  readonly differences: readonly string[]
  /** Where the session of this id is that is there; null for a session that is new. */
  readonly there: StoredLocation | null
  /** Whether it goes elsewhere when it is replaced. */
  readonly moves: boolean
}

/** What becomes of a tree of sessions: `write`, `nothing` as it is all there, or `refuse` the whole of it for one session. */
export type Verdict = 'write' | 'nothing' | 'refuse'

/** Whether writing a session would change anything. */
export const isToBeWritten = ({ kind }: SessionPlan): boolean => kind === 'new' || kind === 'adds' || kind === 'replaces'

/** @param update whether sessions that are there may be replaced */
export function verdictOf(plans: readonly SessionPlan[], update: boolean): Verdict {
  if (plans.some(({ kind }) => kind === 'diverged' || (kind === 'replaces' && !update))) return 'refuse'
  return plans.some(isToBeWritten) ? 'write' : 'nothing'
}

/** Where a change is noted down before it is made, so that it can be taken back. */
export interface UndoNotes {
  /** Begins the note of one transaction. @param tables what digests of whole sessions are of */
  begin(tables: readonly DigestTable[]): void
  /** A session of which rows are added or changed. */
  session(id: SessionID, title: string): void
  /** A row that will be changed or removed, as it is now. */
  before(table: string, id: string, row: Row): void
  /** A row that was added or changed, by the digest of what it is now; null when it was removed. */
  after(table: string, id: string, digest: Uint8Array | null): void
  /** All rows of a session that was not there. */
  made(id: SessionID, digest: Uint8Array): void
  /**
   * A row of a session that was put above rows which were there without it, as a session's own row above its messages: it is
   * taken back alone, and those stay. Of a session's own row the digest is that of the whole session.
   * @param key the column whose value `id` is
   */
  adopted(table: string, key: 'id' | 'session_id', id: string, digest: Uint8Array | null): void
  /** The log of events knew a session before its row was there: it stays when the row goes again. */
  keepsEvents(id: SessionID): void
  /** A project that was not there. */
  madeProject(id: string, time: number): void
  /** Keeps the note; safe from a power cut, if anything would be lost without it. */
  commit(): void
  /** The change is made. For stores that cannot write all of it at once: what was noted and is not made was cut off. */
  applied(): void
  /** Forgets the note: the change is not made. */
  discard(): void
}

export interface WriteOptions {
  /** Sessions with the plan `replaces` are written; without, their tree is refused. */
  readonly update: boolean
  readonly undo: UndoNotes
}

export interface WriteResult {
  /** False when a session of the tree is refused: then nothing of it is written. */
  readonly written: boolean
  readonly plans: readonly SessionPlan[]
}

/** Writes sessions into one store. `restore` and `import` are its users. */
export interface StoreWriter<E extends Exported = Exported> {
  readonly generation: Generation
  readonly path: string
  /** What the store has no place for, for a person. */
  readonly notes: readonly string[]
  /** Whether a session of this id is there. */
  has(id: SessionID): boolean
  /**
   * What writing would do. Nothing is changed.
   * @param tree parents before their children
   */
  plan(tree: readonly Outgoing<E>[]): SessionPlan[]
  /**
   * Writes a tree of sessions in one transaction, reads it back and compares; a session that is there keeps its project and
   * directory, unless it is relocated.
   * @throws OcvaultError `failed`, with nothing changed
   */
  write(tree: readonly Outgoing<E>[], options: WriteOptions): WriteResult
  close(): void
}
