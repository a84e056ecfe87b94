import { existsSync } from 'node:fs'
import type { Database } from './database.ts'
import { isCorruption } from './errors.ts'
import { freePages } from './pages/freelist.ts'
import { PageFile } from './pages/page-file.ts'
import { quoted } from './quoted.ts'

/** Tables without which there are no sessions. */
const looked = ['session', 'session_v2', 'message', 'part', 'session_message']

/**
 * Whether a database does not lead to its own rows any more, as far as a look at few pages tells: the way to the first and to the
 * last row of each table of sessions, and the last page of the file. What is damaged elsewhere shows when it is read.
 */
export function isDamaged(db: Database): boolean {
  try {
    const tables = db.tables()
    for (const table of looked.filter((name) => tables.has(name))) {
      for (const order of ['ASC', 'DESC'])
        db.get(`SELECT rowid FROM ${quoted(table)} NOT INDEXED ORDER BY rowid ${order} LIMIT 1`)
    }
  } catch (error) {
    if (isCorruption(error)) return true
    throw error
  }
  // A log may have the page.
  return !existsSync(`${db.path}-wal`) && endsInNothing(db.path)
}

/** Whether the last page holds only zeros, and is not one that the database has freed: an end that never reached the disk. */
function endsInNothing(path: string): boolean {
  const file = new PageFile(path)
  try {
    const { count } = file
    const last = file.page(count)
    if (count < 2 || !last?.every((byte) => byte === 0)) return false
    const { leaves, trunks } = freePages(file, count)
    return !leaves.has(count) && !trunks.has(count)
  } finally {
    file.close()
  }
}
