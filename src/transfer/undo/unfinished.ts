import { realpathSync } from 'node:fs'
import { sqliteCode } from '../../sqlite/errors.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { listChanges } from './changes.ts'
import { hasEdits, isDone } from './edit-notes.ts'
import { takeBackEdits } from './edit-reversal.ts'
import { removeNotes } from './folder.ts'
import { TreeReversal } from './tree-reversal.ts'

/**
 * Takes back what killed processes have left half done in a JSON tree, which has no transactions: the trees of sessions that were
 * noted, and not made. What somebody went on with since stays, and so does what another process is writing now.
 * @param folder of the notes
 * @param root the `storage` folder
 */
export function rollBackUnfinished(folder: string, root: string): void {
  for (const { path, database } of listChanges(folder, () => undefined)) if (isSame(database, root)) rollBack(path, root)
}

/**
 * Takes back changes made of edits that were cut off: noted, and not made to their end. What somebody went on with since stays as
 * it is, and so does what another process is making now.
 * @param folder of the notes
 */
export function rollBackCutOff(folder: string): void {
  for (const { path } of listChanges(folder, () => undefined)) {
    const notes = locked(path)
    if (!notes) continue
    let isOver = false
    try {
      if (!hasEdits(notes) || isDone(notes)) continue
      isOver = takeBackEdits(notes, { force: false, dryRun: false }).since.length === 0
    } finally {
      notes.rollback()
      notes.close()
      if (isOver) removeNotes(path)
    }
  }
}

function isSame(path: string, other: string): boolean {
  if (path === other) return true
  try {
    return realpathSync(path) === realpathSync(other)
  } catch {
    return false
  }
}

function rollBack(path: string, root: string): void {
  const notes = locked(path)
  if (!notes) return
  let isEmpty = false
  try {
    if (!notes.tables().has('applied')) return
    const open = notes.all('SELECT DISTINCT tree FROM session WHERE tree NOT IN (SELECT tree FROM applied)')
    const trees = new Set(open.map(({ tree }) => Number(tree)))
    if (trees.size === 0) return
    const reversal = new TreeReversal(root, notes, trees)
    if (reversal.changedSince.size > 0) return
    reversal.run()
    for (const table of ['session', 'made', 'after', 'project']) {
      for (const tree of trees) notes.run(`DELETE FROM ${table} WHERE tree = ?`, tree)
    }
    isEmpty = notes.get('SELECT 1 FROM session LIMIT 1') === undefined
    notes.exec('COMMIT')
  } finally {
    notes.rollback()
    notes.close()
    if (isEmpty) removeNotes(path)
  }
}

/** Notes that nobody else has open: whoever makes a change has them to itself until it is made. */
function locked(path: string): WritableDatabase | undefined {
  let notes: WritableDatabase | undefined
  try {
    notes = new WritableDatabase(path)
    notes.exec('BEGIN EXCLUSIVE')
    return notes
  } catch (error) {
    notes?.close()
    if (error instanceof Error && sqliteCode(error.cause) === busyCode) return undefined
    throw error
  }
}

/** SQLite's code for a database that another process has locked. */
const busyCode = 5
