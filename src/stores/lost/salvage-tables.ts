import { OcvaultError } from '../../base/errors.ts'
import { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import { PageImages } from '../../sqlite/pages/images.ts'
import type { RowShape } from '../../sqlite/pages/shape.ts'
import { quoted } from '../../sqlite/quoted.ts'
import { knownTables } from './layouts.ts'
import { tablesInPages } from './schema-in-pages.ts'
import { type LostTable, type Tables, tablesOf } from './tables.ts'

/** The tables of a damaged database: by its own schema, else by what pages still say of it, else as OpenCode has them. */
export function salvageTables(path: string, images: PageImages): Tables {
  const stated = statedTables(path) ?? tablesInPages(images)
  const names = new Set(stated.map(({ table }) => table))
  const all = [...stated, ...knownTables().filter(({ table }) => !names.has(table))]
  const byName = Map.groupBy(all, ({ table }) => table)
  const tables = [...byName.values()].map(merged)
  return { shapes: all, tables, stated: names }
}

/** The same for what was deleted from a database, which may be damaged: rows that have ids by which they are found anywhere. */
export function tablesOfLost(path: string): Tables {
  const found = (each: RowShape) => each.columns[0]!.begins !== undefined
  const stated = statedTables(path)?.filter(found)
  if (stated) return { shapes: stated, tables: stated, stated: new Set(stated.map(({ table }) => table)) }
  const images = new PageImages(path)
  try {
    const { shapes, tables, stated: names } = salvageTables(path, images)
    return { shapes: shapes.filter(found), tables: tables.filter(found), stated: names }
  } finally {
    images.close()
  }
}

function statedTables(path: string): LostTable[] | undefined {
  let db: Database | undefined
  try {
    db = new Database(path)
    const tables = tablesOf(db)
    return tables.length > 0 ? tables : undefined
  } catch (error) {
    if (isCorruption(error) || (error instanceof OcvaultError && isCorruption(error.cause))) return undefined
    throw error
  } finally {
    db?.close()
  }
}

/**
 * A table that takes in the rows of all its shapes: with no condition but its key, because what a damaged schema says is not to
 * be relied upon.
 */
function merged(shapes: readonly LostTable[]): LostTable {
  const [first] = shapes
  const columns = [...new Map(shapes.flatMap((each) => each.columns).map((column) => [column.name, column])).values()]
  const types = { text: 'text', integer: 'integer', real: 'real', any: '' }
  const declared = columns.map(({ name, type, filled }) => `${quoted(name)} ${types[type]}${filled ? ' DEFAULT 0' : ''}`)
  const key = first!.key.map(quoted).join(', ')
  const sql = `CREATE TABLE ${quoted(first!.table)} (${declared.join(', ')}, PRIMARY KEY (${key}))`
  return { ...first!, sql, columns }
}
