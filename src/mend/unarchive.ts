import { OcvaultError } from '../base/errors.ts'
import type { SessionID } from '../opencode/ids.ts'
import { WritableDatabase } from '../sqlite/writable.ts'
import type { Edit } from '../transfer/edit/edit.ts'
import { carryOutEdits } from '../transfer/undo/carry-out-edits.ts'
import { EditNotes } from '../transfer/undo/edit-notes.ts'
import { rollBackCutOff } from '../transfer/undo/unfinished.ts'
import type { Target } from '../transfer/write/target.ts'

interface UnarchiveOptions {
  readonly dryRun?: boolean
  /** Where notes for undoing go. */
  readonly undo: string
}

interface Named {
  readonly id: SessionID
  readonly title: string | null
}

/** From which sessions the mark was taken, or would be. */
export interface UnarchiveReport {
  readonly database: string
  readonly dryRun: boolean
  /** The name under which it can be taken back; null where nothing was changed. */
  readonly change: string | null
  readonly sessions: readonly { readonly id: SessionID; readonly title: string; readonly archived: number }[]
}

/**
 * Takes the archive mark off sessions of the database in use, as OpenCode stores it: `time_archived` of the session's row (1.1.x
 * to 2.0), and nothing else of it changes. All in one transaction, read back, noted for undoing.
 * @throws OcvaultError `refused` for what is no database, `failed` with nothing changed
 */
export function unarchive(
  { path, layout, generation }: Target,
  named: readonly Named[],
  options: UnarchiveOptions,
): UnarchiveReport {
  if (layout !== 'sqlite') throw new OcvaultError('refused', `${path} is a JSON tree: archive marks are taken off in databases`)
  const table = generation === 'v2' ? 'session_v2' : 'session'
  rollBackCutOff(options.undo)
  const sessions = archivedIn(path, table, named)
  const report = { database: path, dryRun: options.dryRun ?? false, sessions }
  if (sessions.length === 0 || options.dryRun) return { ...report, change: null }
  const notes = new EditNotes(options.undo, { database: path, time: Date.now() })
  let keep = false
  try {
    for (const { id, title, archived } of sessions) {
      notes.session(id, title)
      const edit: Edit = { kind: 'value', store: path, table, id, column: 'time_archived', before: archived, after: null }
      notes.add(edit)
    }
    notes.commit()
    carryOutEdits(notes)
    keep = true
    return { ...report, change: notes.change }
  } finally {
    notes.close(keep)
  }
}

function archivedIn(path: string, table: string, named: readonly Named[]): UnarchiveReport['sessions'] {
  const db = new WritableDatabase(path)
  try {
    if (!db.columns(table).some(({ name }) => name === 'time_archived')) return []
    return named.flatMap(({ id, title }) => {
      const archived = db.get(`SELECT time_archived FROM main.${table} WHERE id = ?`, id)?.time_archived
      return archived == null ? [] : [{ id, title: title ?? '', archived: Number(archived) }]
    })
  } finally {
    db.close()
  }
}
