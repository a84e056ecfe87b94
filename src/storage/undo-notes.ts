import { EditNotes } from '../transfer/undo/edit-notes.ts'
import { rollBackCutOff } from '../transfer/undo/unfinished.ts'
import { sessionIn } from './layer.ts'
import type { NoteChange } from './tree-changes.ts'

/**
 * Notes every change of a tree in files of its own, from which it is taken back: two syncs more for each.
 * @param folder of the notes
 * @param onNote is told the name of each change that was made
 */
export function noteIn(folder: string, onNote: (change: string) => void): NoteChange {
  rollBackCutOff(folder)
  return ({ tree, key, path, before, after }) => {
    const notes = new EditNotes(folder, { database: tree.path, time: Date.now() })
    const session = sessionIn(key, (message) => tree.sessionOf(message))
    if (session !== undefined) notes.session(session, key.join('/'))
    notes.add({ kind: 'write', path, before, after })
    notes.commit()
    return (made) => {
      if (made) notes.done()
      notes.close(made)
      if (made) onNote(notes.change)
    }
  }
}
