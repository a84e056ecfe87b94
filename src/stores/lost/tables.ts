import type { Database } from '../../sqlite/database.ts'
import type { RowShape, ShapeColumn } from '../../sqlite/pages/shape.ts'

interface LostColumn extends ShapeColumn {
  /** Whether rows that are older than the column have something in it all the same: 0, in all that OpenCode has added. */
  readonly filled: boolean
}

/** A table whose rows are looked for in pages. */
export interface LostTable extends RowShape {
  readonly columns: readonly LostColumn[]
  /** The statement that makes it. */
  readonly sql: string
  /** Which columns tell a row from the others. */
  readonly key: readonly string[]
}

/** What rows look like, and the tables that they go into. */
export interface Tables {
  /** The likeliest first: of one table there may be several. */
  readonly shapes: readonly RowShape[]
  /** One of each name, with the columns of all its shapes. */
  readonly tables: readonly LostTable[]
  /** Those that the database itself names; none where it does not say any more. */
  readonly stated: ReadonlySet<string>
}

/** How ids begin, by table and column: by them a row is known. */
const begins: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  session: { id: 'ses_' },
  session_v2: { id: 'ses_' },
  message: { id: 'msg_', session_id: 'ses_' },
  part: { id: 'prt_', message_id: 'msg_', session_id: 'ses_' },
  session_message: { id: 'msg_', session_id: 'ses_' },
  todo: { session_id: 'ses_' },
  project: {},
}

/** A project has the hash of its first commit as its id, or is all that is in none. */
const projectID = /^(?:global|[0-9a-f]{40,64})$/

/** The names of the tables whose rows are known by their shape. */
export const lostTables: readonly string[] = Object.keys(begins)

/** The tables of a database, as its own schema has them; those whose schema cannot be read any more are left out. */
export function tablesOf(db: Pick<Database, 'all'>): LostTable[] {
  const rows = db.all("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
  return rows.flatMap(({ name, sql }) => {
    if (!lostTables.includes(String(name)) || typeof sql !== 'string') return []
    const columns = db.all(
      'SELECT name, type, "notnull" AS must, dflt_value AS otherwise, pk FROM pragma_table_info(?)',
      String(name),
    )
    return tableOf(String(name), sql, columns.map(columnOf)) ?? []
  })

  function columnOf({ name, type, must, otherwise, pk }: Record<string, unknown>): Declared {
    return { name: String(name), type: String(type), required: must === 1, filled: otherwise !== null, key: Number(pk) > 0 }
  }
}

/** A column as a table declares it. */
export interface Declared {
  readonly name: string
  readonly type: string
  readonly required: boolean
  /** Whether rows that are older than the column have something in it all the same. */
  readonly filled: boolean
  readonly key: boolean
}

/** The shape of a table's rows; undefined for one that begins otherwise than OpenCode's, or has no key. */
export function tableOf(table: string, sql: string, declared: readonly Declared[]): LostTable | undefined {
  const ids = begins[table]
  const [first] = declared
  // A row is found by how it begins.
  if (!ids || !first || (ids[first.name] === undefined && !(table === 'project' && first.name === 'id'))) return undefined
  const columns = declared.map(
    ({ name, type, required, filled, key }): LostColumn => ({
      name,
      filled,
      type: typeOf(type),
      required: required || key,
      ...(ids[name] !== undefined && { begins: ids[name] }),
      ...(table === 'project' && name === 'id' && { matches: projectID }),
    }),
  )
  const fewest = declared.findLastIndex(({ required, filled }) => required && !filled) + 1
  const key = declared.filter(({ key: isKey }) => isKey).map(({ name }) => name)
  return key.length === 0 ? undefined : { table, sql, columns, fewest: Math.max(fewest, 2), key }
}

function typeOf(declared: string): ShapeColumn['type'] {
  if (/int/i.test(declared)) return 'integer'
  if (/char|clob|text/i.test(declared)) return 'text'
  return /real|floa|doub/i.test(declared) ? 'real' : 'any'
}
