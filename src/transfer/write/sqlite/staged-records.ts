import type { RawRecord } from '../../../stores/store.ts'
import type { Exported, Outgoing, Raw } from '../writer.ts'
import { locationColumns, type Values } from './layout.ts'
import { isRow, type RawValue, readable, valuesOf } from './raw-rows.ts'
import type { TableRow } from './rows.ts'
import type { SqliteSchema } from './schema.ts'
import { type StagedSession, type Staging, sessionIDIn } from './staging.ts'

type RawRow = Extract<RawRecord, { readonly table: string }>

/**
 * Puts the rows of a session as they were stored into the temporary tables.
 * @returns undefined where the database has no place for some of its messages: then the session must be converted
 * @throws OcvaultError `failed` for a session that cannot be one
 */
export function stageStored<E extends Exported>(
  staging: Staging<E>,
  { exported, project, isMoved }: Outgoing<E>,
  raw: Raw,
): StagedSession | undefined {
  const { schema, dropped } = staging
  const { session, message, part } = schema.layout
  const columns = { message: [...schema.messageColumns], part: [...schema.partColumns] }
  const others: TableRow[] = []
  const placed = schema.layout.sessionRow(exported.info, schema.names(session))
  const id = sessionIDIn(placed)
  let row: Values | undefined
  let total = 0
  for (const record of raw.records) {
    if (!isRow(record)) return undefined
    const { table } = record
    const what = table === message ? 'message' : table === part ? 'part' : undefined
    if (what) {
      if (what === 'message') total++
      const there = schema.names(table)
      if (columns[what].length < record.columns.size) {
        columns[what] = [...new Set([...columns[what], ...[...record.columns.keys()].filter((name) => there.has(name))])]
      }
      const values = valuesOf(record, there, (column) => dropped.add(column))
      if (typeof values.id !== 'string' || values.session_id !== id) return undefined
      staging.add(columns[what], values, what, id)
    } else if (row === undefined && record.columns.has('project_id')) row = headRow(staging, record, placed, isMoved === true)
    else if (table === 'session_message' && !isSwitch(record.columns.get('type')) && !keepsPreview(schema)) return undefined
    else others.push(...otherRow(staging, record))
  }
  if (row === undefined) return undefined
  const projectRows = [...raw.project].flatMap((record): TableRow[] => {
    if (!isRow(record)) return []
    const there = schema.names(record.table)
    return there.size > 0 ? [{ table: record.table, values: valuesOf(record, there, (column) => dropped.add(column)) }] : []
  })
  return { id, row, project, total, columns, others, projectRows }
}

/** The session's own row: as it was stored, with the parent and, where it is moved, the place that it is given. */
function headRow<E extends Exported>({ schema, dropped }: Staging<E>, record: RawRow, placed: Values, isMoved: boolean): Values {
  const there = schema.names(schema.layout.session)
  // Columns that came with a later release are filled as its own migration fills them.
  const later = Object.entries(placed).filter(([name]) => there.has(name) && !record.columns.has(name))
  const row = { ...Object.fromEntries(later), ...valuesOf(record, there, (column) => dropped.add(column)) }
  const given = ['parent_id', ...(isMoved ? locationColumns : [])].filter((name) => name in row)
  return { ...row, ...Object.fromEntries(given.map((name) => [name, placed[name] ?? null])) }
}

/** A row of another table, if the database takes it. */
function otherRow<E extends Exported>({ schema, dropped }: Staging<E>, record: RawRow): TableRow[] {
  const { table } = record
  const there = schema.names(table)
  const values = valuesOf(record, there, (column) => dropped.add(column))
  // A share without its secret, which no archive has, is of no use to OpenCode: the link stays in the session.
  const isWhole = schema.required(table).every((name) => (values[name] ?? null) !== null)
  if (there.size > 0 && isWhole) return [{ table, values }]
  if (table !== 'session_share') dropped.add(table)
  return []
}

/**
 * Whether the 2.0 preview works with this database: then it has messages in a table of its own. Where it does not, nobody would
 * see them there, because 1.x has that table too, and reads no messages from it.
 */
function keepsPreview<E extends Exported>(schema: SqliteSchema<E>): boolean {
  if (schema.names('session_v2').size > 0 || !schema.names('session_message').has('seq')) return false
  return schema.db.get("SELECT 1 FROM main.session_message WHERE type NOT LIKE '%-switched' LIMIT 1") !== undefined
}

/** A change of agent or model, which 1.14 to 1.17 noted beside messages that say the same. */
const isSwitch = (type: RawValue | undefined): boolean => String(readable(type ?? null)).endsWith('-switched')
