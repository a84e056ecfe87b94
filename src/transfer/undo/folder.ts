import { rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ownDataFolder } from '../../base/own-data.ts'

/** Where notes for `ocvault undo` are kept: `$XDG_DATA_HOME/ocvault/undo`, never a folder of OpenCode's. */
export function undoFolder(env: Readonly<Record<string, string | undefined>> = process.env, home = homedir()): string {
  return join(ownDataFolder(env, home), 'undo')
}

const suffix = '.db'

/** The file with the notes of a change. */
export const notesPath = (folder: string, change: string): string => join(folder, `${change}${suffix}`)

/** The change that a file in that folder has the notes of; undefined for any other file. */
export const changeOfNotes = (name: string): string | undefined =>
  name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined

/** Removes the notes of a change, with what SQLite keeps beside them. */
export function removeNotes(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
}
