import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { editFile, fileStanding, RowEditor } from '../edit/apply.ts'
import { type EditNotes, notedEdits } from './edit-notes.ts'
import { databaseOf, openForEdits, type RowEdits, takeBackEdits } from './edit-reversal.ts'

/**
 * Makes the edits that were noted: those of each database in one transaction, in which they are read back; then those of files.
 * Notes are committed before. When something fails, everything is taken back again.
 * @throws OcvaultError `failed`, with nothing changed; where that could not be either, the notes remain
 */
export function carryOutEdits(notes: EditNotes): void {
  try {
    const databases = new Set<string>()
    for (const edits of notedEdits(notes.notes)) {
      const path = databaseOf(edits)
      if (path !== undefined) databases.add(path)
    }
    for (const path of databases) editDatabase(path, notes)
    for (const edits of notedEdits(notes.notes)) if (databaseOf(edits) === undefined) editFileOnce(edits)
    notes.done()
  } catch (error) {
    try {
      takeBackEdits(notes.notes, { force: true, dryRun: false })
    } catch (second) {
      notes.remain()
      const more = `and what was changed until then stays until the next try or undo, which takes it back (${reasonOf(second)})`
      throw new OcvaultError('failed', `${reasonOf(error)}; ${more}`, { cause: error })
    }
    throw error
  }
}

function editDatabase(path: string, notes: EditNotes): void {
  const db = openForEdits(path)
  try {
    db.transaction(() => {
      const editor = new RowEditor(db)
      for (const edits of rowsIn(path, notes)) {
        const standing = editor.standing(edits)
        if (standing === 'before') editor.make(edits)
        else if (standing === 'other') throw changedMeanwhile(path)
      }
      for (const edits of rowsIn(path, notes)) {
        const isKept = edits[0]?.kind === 'row' && !edits[0].comes && editor.isUsed(edits[0].table, edits[0].row)
        if (editor.standing(edits) === 'before' && !isKept) {
          throw new OcvaultError('failed', `${path} does not say afterwards what was written; nothing was changed`)
        }
      }
    })
  } finally {
    db.close()
  }
}

function* rowsIn(path: string, notes: EditNotes): Iterable<RowEdits> {
  for (const edits of notedEdits(notes.notes)) if (databaseOf(edits) === path) yield edits as RowEdits
}

function editFileOnce(edits: Parameters<typeof editFile>[0]): void {
  if (fileStanding(edits) === 'before') editFile(edits)
}

const changedMeanwhile = (path: string) =>
  new OcvaultError('failed', `${path} was changed while the change was planned; nothing was changed, try again`)
