import { reasonOf } from '../../base/errors.ts'
import type { Database } from '../../sqlite/database.ts'
import { quoted } from '../../sqlite/quoted.ts'

/** How many findings of one kind are named. */
const most = 20

/**
 * Rows that an index hides: SQLite finds them in the table, and not where the index should lead to them. One flipped bit in a
 * page of an index is no error to SQLite: what is looked up through it is simply not there. Each index of the given tables is
 * walked once, without the content of rows.
 * @returns a sentence for each index that is not as its table
 */
export function hiddenRows(db: Database, tables: readonly string[]): string[] {
  return tables.flatMap((table) => {
    const indexes = db.all('SELECT name FROM pragma_index_list(?) WHERE partial = 0', table).map(({ name }) => String(name))
    return indexes.flatMap((index) => {
      const columns = db.all('SELECT name FROM pragma_index_info(?) ORDER BY seqno', index).map(({ name }) => name)
      if (columns.includes(null)) return [] // of an expression
      const keys = ['rowid', ...columns.map((name) => quoted(String(name)))].join(', ')
      const rows = (how: string) => `SELECT ${keys} FROM ${quoted(table)} ${how}`
      const sql = `SELECT count(*) AS n FROM (${rows('NOT INDEXED')} EXCEPT ${rows(`INDEXED BY ${quoted(index)}`)})`
      try {
        const hidden = Number(db.get(sql)?.n ?? 0)
        return hidden === 0 ? [] : [`table ${table}: the index ${index} hides ${hidden} of its rows`]
      } catch (error) {
        return [`table ${table}: its index ${index}: ${reasonOf(error)}`]
      }
    })
  })
}

/** What SQLite's own \`quick_check\` says of the file: all its pages are read. */
export function quickCheck(db: Database): string[] {
  try {
    const rows = db.all(`PRAGMA quick_check(${most})`).flatMap((row) => String(Object.values(row)[0]).split('\n'))
    return rows.filter((line) => line !== 'ok').map((line) => `quick_check: ${line}`)
  } catch (error) {
    return [`quick_check: ${reasonOf(error)}`]
  }
}
