import { openConnection } from '../../sqlite/open.ts'
import type { PageImages } from '../../sqlite/pages/images.ts'
import { TextBytes } from '../../sqlite/pages/record.ts'
import { rowsInCells } from '../../sqlite/pages/rows-in-page.ts'
import type { RowShape } from '../../sqlite/pages/shape.ts'
import { type LostTable, lostTables, tablesOf } from './tables.ts'

const schema: RowShape = {
  table: 'sqlite_schema',
  columns: [
    { name: 'type', type: 'text', required: true, begins: 'table' },
    { name: 'name', type: 'text', required: true },
    { name: 'tbl_name', type: 'text', required: true },
    { name: 'rootpage', type: 'integer', required: true },
    { name: 'sql', type: 'text', required: true },
  ],
  fewest: 5,
}

/** A table with its columns in brackets: one that is filled from elsewhere is none of OpenCode's, and would run what it says. */
const ofColumns = /^CREATE TABLE\s+[`"]?(\w+)[`"]?\s*\(/i

/** Longer than the statement of any table that OpenCode makes, by far. */
const longestStatement = 100_000

/**
 * The tables whose statements are left in some page, where the page that the schema begins in is destroyed. Most of them stand in
 * pages behind it.
 */
export function tablesInPages(images: PageImages): LostTable[] {
  const statements = new Set<string>()
  for (const image of images.present()) {
    for (const row of rowsInCells(image, [schema])) {
      if (!lostTables.includes(row.text(1))) continue
      for (const [, , , , sql] of row.readings()) {
        const text = sql instanceof TextBytes ? sql.toString() : ''
        if (text.length < longestStatement && ofColumns.exec(text)?.[1] === row.text(1)) statements.add(text)
      }
    }
  }
  return [...statements].flatMap(tableMadeBy)
}

/** What such a statement makes, in a database of its own. */
function tableMadeBy(sql: string): LostTable[] {
  const db = openConnection(':memory:')
  try {
    db.exec('PRAGMA trusted_schema = OFF')
    db.prepared(sql).run()
    return tablesOf({ all: (statement, ...params) => db.prepared(statement).all(...params) })
  } catch {
    return [] // torn, or of another program
  } finally {
    db.close()
  }
}
