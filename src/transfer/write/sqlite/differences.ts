import { textOf } from '../../../base/json.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import { fewOf, namedDifferences, placeDifference } from '../plan-kind.ts'
import type { Exported, StoredLocation } from '../writer.ts'
import type { SqliteSchema } from './schema.ts'
import type { StagedSession } from './staging.ts'

/** What a comparison has shown. */
export interface Found {
  /** Columns of the session's own row that differ. */
  readonly columns: readonly string[]
  /** Whether the session that is there has its messages where the 2.0 preview put them. */
  readonly isPreview: boolean
  /** Whether the session that is there was updated later. */
  readonly isOlder: boolean
  readonly there: StoredLocation | null
  /** Where it goes, if it does not stay. */
  readonly move: StoredLocation | undefined
}

/** What differs between a session that waits and what is there, in words for a person; a few of many. */
export function differencesOf<E extends Exported>(schema: SqliteSchema<E>, session: StagedSession, found: Found): string[] {
  const messages = changedMessages(schema, session.id)
  const preview = found.isPreview ? ['its messages here are those of the 2.0 preview'] : []
  const columns = found.columns.map((name) => (name === 'title' ? titles(schema, session) : `its ${name}`))
  const place = found.move && found.there ? [placeDifference(found.there, found.move)] : []
  const all = [...foreignRows(schema, session.id), ...preview, ...place, ...columns, ...messages]
  return fewOf(all, found.isOlder && messages.length > 0)
}

function titles<E extends Exported>(schema: SqliteSchema<E>, { id, row }: StagedSession): string {
  const here = textOf(schema.sessionRow(id)?.title) ?? ''
  return `its title, here ${JSON.stringify(here)} and there ${JSON.stringify(row.title)}`
}

function changedMessages<E extends Exported>({ db }: SqliteSchema<E>, id: SessionID): string[] {
  const changed = db.all(
    `SELECT t.id FROM temp.touched t JOIN temp.in_message i ON i.id = t.id
      WHERE t.tbl = 'message' AND t.state = 'changed' AND i.session_id = ? LIMIT ?`,
    id,
    namedDifferences + 1,
  )
  return changed.map((row) => `message ${row.id}`)
}

/** One row of each table that has the id of another session's. */
function foreignRows<E extends Exported>(schema: SqliteSchema<E>, id: SessionID): string[] {
  return schema.transcript({ message: [], part: [] }).flatMap(({ staged, table }) => {
    const found = schema.db.all(
      `SELECT m.id, m.session_id FROM temp.${staged} i JOIN main.${table} m ON m.id = i.id
        WHERE i.session_id = ? AND m.session_id IS NOT i.session_id LIMIT 1`,
      id,
    )
    return found.map((row) => `${staged === 'in_part' ? 'part' : 'message'} ${row.id} belongs to session ${row.session_id} here`)
  })
}
