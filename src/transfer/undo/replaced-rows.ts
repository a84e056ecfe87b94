import { realpathSync } from 'node:fs'
import type { SqlValue } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import { listChanges, openNotes } from './changes.ts'

/** A row as it was before a change replaced or removed it. */
export interface ReplacedRow {
  readonly table: string
  readonly values: ReadonlyMap<string, SqlValue>
}

/**
 * The rows of a database that imports and restores have replaced or removed, as long as that can be taken back. Notes that cannot
 * be read are passed over: they are named where changes are listed.
 * @param folder where notes are
 */
export function* replacedRows(folder: string, database: string): Iterable<ReplacedRow> {
  for (const change of listChanges(folder, () => undefined)) {
    if (realOf(change.database) !== realOf(database)) continue
    const notes = openNotes(change.path)
    try {
      for (const name of notes.tables()) {
        if (!name.startsWith(before)) continue
        const table = name.slice(before.length)
        for (const row of notes.all(`SELECT * FROM ${quoted(name)}`)) {
          // The notes' own columns begin with a blank.
          yield { table, values: new Map(Object.entries(row).filter(([column]) => !column.startsWith(' '))) }
        }
      }
    } finally {
      notes.close()
    }
  }
}

const before = 'before '

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
