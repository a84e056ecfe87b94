import { existsSync, rmSync, statSync } from 'node:fs'
import { OcvaultError } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import type { Change } from './changes.ts'
import { hasEdits } from './edit-notes.ts'
import { sessionsOf, takeBackEdits } from './edit-reversal.ts'
import { filesBeside } from './files.ts'
import { removeNotes } from './folder.ts'
import type { Reversal } from './reversal.ts'
import { leavesOrphans, RowsReversal } from './rows-reversal.ts'
import { TreeReversal } from './tree-reversal.ts'

export interface TakeBackOptions {
  /** Takes back also what was changed since. */
  readonly force?: boolean
  /** Changes nothing, and says only what would be refused. */
  readonly dryRun?: boolean
}

export interface TakenBack {
  /** Sessions that are gone again. */
  readonly removed: readonly SessionID[]
  /** Sessions whose rows are as they were before. */
  readonly restored: readonly SessionID[]
  /**
   * Files beside the store that a restore had put there, and that are gone again; one that changed since stays. Of a change that
   * is made of edits, files and folders that are as they were before.
   */
  readonly files: number
}

/**
 * Takes a change back, whole or not at all, and removes its notes. Of several processes that try one does it.
 * @throws OcvaultError `refused` when something of it was changed since and `force` is not given; `not-found` when it was taken
 *   back meanwhile; `failed` while it is still being made, or taken back
 */
export function takeBack(change: Change, { force = false, dryRun = false }: TakeBackOptions = {}): TakenBack {
  const gone = () => new OcvaultError('not-found', `change ${change.id} was taken back meanwhile`)
  if (!existsSync(change.path)) throw gone()
  const notes = new WritableDatabase(change.path)
  let isOver = false
  try {
    notes.exec('BEGIN EXCLUSIVE')
    isOver = isSpent(notes)
    // Whoever was faster has removed the notes; here they are open still.
    if (isOver || !existsSync(change.path)) throw gone()
    if (hasEdits(notes)) {
      const { files, since } = takeBackEdits(notes, { force, dryRun })
      if (since.length > 0 && !force) throw refusedEdits(change, since)
      const restored = sessionsOf(notes)
      if (!dryRun) {
        spend(notes)
        isOver = true
      }
      return { removed: [], restored, files }
    }
    const done = inStore(change.database, notes, (reversal) => {
      const { made, changed, changedSince } = reversal
      if (changedSince.size > 0 && !force) throw refused(change, [...changedSince])
      if (!dryRun) reversal.run()
      return { removed: made, restored: changed }
    })
    const files = filesBeside(change.database, notes)
    if (dryRun) return { ...done, files: files.length }
    // Folders stay: OpenCode has them, too.
    for (const path of files) rmSync(path, { force: true })
    spend(notes)
    isOver = true
    return { ...done, files: files.length }
  } finally {
    notes.rollback()
    notes.close()
    if (isOver) removeNotes(change.path)
  }
}

/** Notes of which nothing is to be taken back any more. */
const isSpent = (notes: WritableDatabase): boolean => notes.get("SELECT 1 FROM about WHERE key = 'spent'") !== undefined

function spend(notes: WritableDatabase): void {
  notes.run("INSERT INTO about (key, value) VALUES ('spent', 1)")
  notes.exec('COMMIT')
}

function inStore<T>(path: string, notes: WritableDatabase, run: (reversal: Reversal) => T): T {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return run(new TreeReversal(path, notes))
  const db = new WritableDatabase(path)
  try {
    if (leavesOrphans(notes)) db.exec('PRAGMA foreign_keys = OFF')
    return db.transaction(() => run(new RowsReversal(db, notes)))
  } finally {
    db.close()
  }
}

function refusedEdits({ id }: Change, since: readonly string[]): OcvaultError {
  const more = since.length > 1 ? ` and ${since.length - 1} more` : ''
  return new OcvaultError('refused', `since then this was changed: ${since[0]}${more}`, {
    hint: { name: 'undo-anyway', change: id },
  })
}

function refused({ id }: Change, sessions: readonly SessionID[]): OcvaultError {
  const few = sessions.slice(0, 3).join(', ')
  const more = sessions.length > 3 ? ` and ${sessions.length - 3} more` : ''
  const what = `${sessions.length === 1 ? 'a session was' : 'sessions were'} changed: ${few}${more}`
  return new OcvaultError('refused', `since then ${what}`, { hint: { name: 'undo-anyway', change: id } })
}
