import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { readIfThere } from '../write/json-tree/tree-files.ts'

/** Files beside a store that a restore puts there, in the notes of what it changed in the store. */
export class FileNotes {
  readonly #path: string
  #db: WritableDatabase | undefined

  /** @param path of the notes; they are closed */
  constructor(path: string) {
    this.#path = path
  }

  /** Notes a file that is not there yet, before it is written. @param path below the folder that the store is in, with `/` */
  add(path: string, sha256: Uint8Array): void {
    if (!this.#db) {
      this.#db = new WritableDatabase(this.#path)
      this.#db.exec('CREATE TABLE IF NOT EXISTS beside (path TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID')
    }
    this.#db.run('INSERT OR REPLACE INTO beside (path, digest) VALUES (?, ?)', path, sha256)
  }

  close(): void {
    this.#db?.close()
  }
}

/** The files that were noted, and are as they were written. One that changed since stays. */
export function filesBeside(store: string, notes: WritableDatabase): string[] {
  if (!notes.tables().has('beside')) return []
  return notes.all('SELECT path, digest FROM beside ORDER BY path').flatMap(({ path, digest }) => {
    const full = join(dirname(store), String(path))
    const now = readIfThere(full)
    const isAsWritten = now && digest instanceof Uint8Array && createHash('sha256').update(now).digest().equals(digest)
    return isAsWritten ? [full] : []
  })
}
