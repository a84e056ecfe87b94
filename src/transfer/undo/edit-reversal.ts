import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { removeAbandoned } from '../../base/temporary.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { editFile, fileStanding, inverse, RowEditor } from '../edit/apply.ts'
import type { Edit, JsonEdit, RowEdit, ValueEdit } from '../edit/edit.ts'
import { notedEdits } from './edit-notes.ts'

export type RowEdits = readonly (ValueEdit | JsonEdit | RowEdit)[]

/** The database that edits are in; undefined for edits of files. */
export function databaseOf(edits: readonly Edit[]): string | undefined {
  const [first] = edits
  if (first?.kind === 'value' || first?.kind === 'row') return first.store
  return first?.kind === 'json' && first.row ? first.store : undefined
}

interface Options {
  /** Also takes back what became something else since, where that can be. */
  readonly force: boolean
  readonly dryRun: boolean
}

/**
 * Opens a database for edits: what belongs to what is looked after by who plans them. SQLite's own foreign keys would refuse a
 * row that belonged to nothing before, too.
 */
export function openForEdits(path: string): WritableDatabase {
  const db = new WritableDatabase(path)
  db.exec('PRAGMA foreign_keys = OFF')
  return db
}

/** What was taken back, or would be. */
export interface EditsTakenBack {
  readonly files: number
  /** What became something else since, in words; nothing is done when there is any, unless it is forced. */
  readonly since: readonly string[]
}

/**
 * Takes edits back, the last first: those of each database in one transaction, those of files one by one. What stands as before
 * is passed by, so that a change that was cut off, or an undo that was, is finished.
 */
export function takeBackEdits(notes: WritableDatabase, { force, dryRun }: Options): EditsTakenBack {
  const stores = new Map<string, WritableDatabase>()
  const since: string[] = []
  let files = 0
  const editorOf = (path: string): RowEditor | undefined => {
    if (!existsSync(path)) return undefined
    let db = stores.get(path)
    if (!db) {
      db = openForEdits(path)
      stores.set(path, db)
      db.exec('BEGIN IMMEDIATE')
    }
    return new RowEditor(db)
  }
  const cleaned = new Set<string>()
  const walk = (each: (edits: readonly Edit[]) => void) => {
    for (const noted of notedEdits(notes, true)) each(noted.map(inverse))
  }
  try {
    walk((edits) => {
      const path = databaseOf(edits)
      const standing = path === undefined ? fileStanding(edits) : (editorOf(path)?.standing(edits as RowEdits) ?? 'gone')
      if (standing === 'other' && edits[0]?.kind !== 'row') since.push(wordsOf(edits))
    })
    if (since.length > 0 && !force) return { files, since }
    walk((edits) => {
      const path = databaseOf(edits)
      if (path === undefined) {
        if (!dryRun) removeCutOff(edits, cleaned)
        if (fileStanding(edits) !== 'before') return
        files++
        if (!dryRun) editFile(edits)
        return
      }
      const editor = editorOf(path)
      if (dryRun || !editor) return
      const standing = editor.standing(edits as RowEdits)
      if (standing === 'before' || (standing === 'other' && edits[0]?.kind === 'value')) editor.make(edits as RowEdits)
    })
    if (!dryRun) for (const db of stores.values()) db.exec('COMMIT')
    return { files, since }
  } finally {
    for (const db of stores.values()) {
      db.rollback()
      db.close()
    }
  }
}

/** Removes what a process that was killed while it wrote a file has left beside it. @param cleaned folders that were looked at */
function removeCutOff([first]: readonly Edit[], cleaned: Set<string>): void {
  if (first?.kind !== 'write' && first?.kind !== 'json') return
  const folder = dirname(first.kind === 'write' ? first.path : first.store)
  if (cleaned.size < cleaned.add(folder).size) removeAbandoned(folder, () => true)
}

function wordsOf(edits: readonly Edit[]): string {
  const [first] = edits
  if (first?.kind === 'value') return `${first.table} ${first.id}`
  if (first?.kind === 'json') return first.row ? `${first.row.table} ${first.row.id}` : first.store
  return first?.kind === 'move' ? first.from : first?.kind === 'write' || first?.kind === 'swap' ? first.path : ''
}

/** The sessions that a change of edits is about. */
export const sessionsOf = (notes: WritableDatabase): SessionID[] =>
  notes.all('SELECT id FROM session').map(({ id }) => String(id))
