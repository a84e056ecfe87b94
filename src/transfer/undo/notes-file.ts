import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { makeFolder, writingFailed } from '../../base/files.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { notesPath, removeNotes } from './folder.ts'

/** `2026-11-21T105912.345-1f3a`: sorts by time, and is a file's name on every system. */
function changeID(time: number): string {
  return `${new Date(time).toISOString().slice(0, 23).replaceAll(':', '')}-${randomBytes(2).toString('hex')}`
}

/** What the notes of every change have. */
const tables = `
  CREATE TABLE about (key TEXT PRIMARY KEY, value);
  CREATE TABLE session (tree INTEGER, id TEXT, title TEXT, PRIMARY KEY (tree, id)) WITHOUT ROWID;
  CREATE TABLE made (tree INTEGER, id TEXT, digest BLOB, PRIMARY KEY (tree, id)) WITHOUT ROWID;
  CREATE TABLE after (tree INTEGER, tbl TEXT, id TEXT, digest BLOB, PRIMARY KEY (tree, tbl, id)) WITHOUT ROWID;
  CREATE TABLE adopted (tree INTEGER, tbl TEXT, key TEXT, id TEXT, digest BLOB, PRIMARY KEY (tree, tbl, id)) WITHOUT ROWID;
  CREATE TABLE logged (tree INTEGER, id TEXT, PRIMARY KEY (tree, id)) WITHOUT ROWID;
  CREATE TABLE applied (tree INTEGER PRIMARY KEY);
  CREATE TABLE project (tree INTEGER, id TEXT, time INTEGER, PRIMARY KEY (tree, id)) WITHOUT ROWID;`

/**
 * Makes the file that a change is noted in, for its owner alone.
 * @param time of the change, in ms since the epoch
 * @param more tables that this kind of change needs
 * @returns it, and the name of the change
 * @throws OcvaultError `failed`
 */
export function makeNotes(folder: string, time: number, more = ''): { readonly db: WritableDatabase; readonly change: string } {
  const change = changeID(time)
  const path = notesPath(folder, change)
  makeFolder(folder)
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    throw writingFailed(path, error)
  }
  const db = new WritableDatabase(path, true)
  try {
    // Nobody else gets at them until the change is made or its maker is dead: so a change that is being made is told from one
    // that was cut off.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    db.exec(`${tables}; ${more}`)
    return { db, change }
  } catch (error) {
    db.close()
    removeNotes(path)
    throw error
  }
}
