import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeAtomically } from '../../base/files.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { WritableDatabase } from '../../sqlite/writable.ts'
import { fileTable, readIfThere, removeFile } from '../write/json-tree/tree-files.ts'
import { exactRows } from '../write/sqlite/row-digest.ts'

/** A file that the change made, changed or removed. */
interface Touched {
  readonly path: string
  readonly before: Buffer | undefined
}

/** What it takes to get a JSON tree back to where it was: as `Reversal` for a database. */
export class TreeReversal {
  readonly made: readonly SessionID[]
  readonly changed: readonly SessionID[]
  readonly changedSince = new Set<SessionID>()
  readonly #root: string
  readonly #notes: WritableDatabase
  readonly #files: Touched[] = []

  constructor(root: string, notes: WritableDatabase) {
    this.#root = root
    this.#notes = notes
    this.made = notes.all('SELECT id FROM made ORDER BY tree DESC').map(({ id }) => String(id))
    const isMade = new Set(this.made)
    const all = notes.all('SELECT DISTINCT id FROM session').map(({ id }) => String(id))
    this.changed = all.filter((id) => !isMade.has(id))
    this.#check()
    const noted = new Set(notes.all('SELECT id FROM after').map(({ id }) => String(id)))
    for (const id of this.made) if (this.#hasMore(id, noted)) this.changedSince.add(id)
  }

  #check(): void {
    const hasBefore = this.#notes.tables().has(`before ${fileTable.table}`)
    for (const row of this.#notes.all('SELECT tree, id, digest FROM after ORDER BY tree DESC')) {
      const path = String(row.id)
      const before = hasBefore ? this.#before(Number(row.tree), path) : undefined
      const now = readIfThere(join(this.#root, path))
      // Noted, but never done: the import was killed in between.
      if (before ? now?.equals(before) : now === undefined) continue
      this.#files.push({ path, before })
      const digest = row.digest instanceof Uint8Array ? row.digest : undefined
      const isAsWritten = digest
        ? now !== undefined && createHash('sha256').update(now).digest().equals(digest)
        : now === undefined
      // A project is kept up to date by OpenCode, and is no part of a session.
      if (!isAsWritten && !path.startsWith('project/')) this.changedSince.add(this.#sessionOf(path))
    }
  }

  #before(tree: number, path: string): Buffer | undefined {
    for (const { bytes } of exactRows(
      this.#notes,
      `before ${fileTable.table}`,
      ['bytes'],
      '" tree" = ? AND " id" = ?',
      tree,
      path,
    ))
      return bytes instanceof Uint8Array ? Buffer.from(bytes) : Buffer.from(String(bytes ?? ''))
    return undefined
  }

  #sessionOf(path: string): SessionID {
    const [kind, owner = ''] = path.split('/')
    if (kind === 'message') return owner
    const [first] = this.#notes.all('SELECT id FROM session LIMIT 1')
    return kind === 'part' ? String(first?.id ?? owner) : basename(path, '.json')
  }

  /** Whether a session got messages that the change did not bring. */
  #hasMore(id: SessionID, noted: ReadonlySet<string>): boolean {
    const folder = join(this.#root, 'message', id)
    try {
      return readdirSync(folder).some((name) => name.endsWith('.json') && !noted.has(`message/${id}/${name}`))
    } catch {
      return false
    }
  }

  run(): void {
    // What makes a session known goes first, so that no half of one is ever seen.
    const rank = ({ path }: Touched) => (path.startsWith('session/') ? 0 : path.startsWith('project/') ? 2 : 1)
    for (const { path, before } of this.#files.sort((a, b) => rank(a) - rank(b))) {
      const full = join(this.#root, path)
      if (before) writeAtomically(full, [before])
      else if (!path.startsWith('project/') || !this.#isUsed(basename(path, '.json'))) removeFile(this.#root, full)
    }
  }

  #isUsed(project: string): boolean {
    try {
      return readdirSync(join(this.#root, 'session', project)).length > 0
    } catch {
      return false
    }
  }
}
