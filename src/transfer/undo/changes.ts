import { readdirSync, statSync } from 'node:fs'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { textOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { Database } from '../../sqlite/database.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import { changeOfNotes, notesPath } from './folder.ts'

/** A change that can be taken back. */
export interface Change {
  readonly id: string
  /** The file with its notes. */
  readonly path: string
  readonly database: string
  /** ms since the epoch */
  readonly time: number
  readonly sessions: readonly { readonly id: SessionID; readonly title: string; readonly kind: 'made' | 'changed' }[]
}

/**
 * The changes that were noted, newest first.
 * @param onProblem is told of notes that cannot be read
 */
export function listChanges(folder: string, onProblem: (path: string, reason: string) => void): Change[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  const changes = readdirSync(folder).flatMap((name) => changeOfNotes(name) ?? [])
  return changes
    .sort()
    .reverse()
    .flatMap((id) => {
      const path = notesPath(folder, id)
      try {
        return readChange(path, id)
      } catch (error) {
        onProblem(path, reasonOf(error))
        return []
      }
    })
}

/** Notes are ours: where a killed import left its log in a state that cannot be read without putting it right, that is done. */
export function openNotes(path: string): Database | WritableDatabase {
  try {
    return new Database(path)
  } catch {
    return new WritableDatabase(path)
  }
}

/** @returns nothing for notes of an import that was killed before its first change */
function readChange(path: string, id: string): Change[] {
  const db = openNotes(path)
  try {
    const tables = db.tables()
    if (!tables.has('project')) return []
    if (!db.get(`SELECT 1 FROM ${tables.has('edit') ? 'edit' : 'session'} LIMIT 1`)) return []
    const about = new Map(db.all('SELECT key, value FROM about').map(({ key, value }) => [key, value]))
    const database = textOf(about.get('database'))
    const time = Number(about.get('time'))
    if (database === null || !Number.isFinite(time)) throw new OcvaultError('failed', 'does not say which database was changed')
    const ids = tables.has('adopted')
      ? 'SELECT tree, id FROM made UNION ALL SELECT tree, id FROM adopted'
      : 'SELECT tree, id FROM made'
    const sessions = db.all(
      `SELECT s.id, min(s.title) AS title, max(m.id IS NOT NULL) AS made FROM session s LEFT JOIN (${ids}) m
        ON m.tree = s.tree AND m.id = s.id GROUP BY s.id ORDER BY min(s.tree)`,
    )
    const changed = sessions.map((row) => ({
      id: String(row.id),
      title: String(row.title),
      kind: row.made === 1 ? ('made' as const) : ('changed' as const),
    }))
    return [{ id, path, database, time, sessions: changed }]
  } finally {
    db.close()
  }
}
