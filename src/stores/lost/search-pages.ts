import type { SessionID } from '../../opencode/ids.ts'
import { PageImages } from '../../sqlite/pages/images.ts'
import { rowsIn } from '../../sqlite/pages/rows-in-page.ts'
import { LostRows } from './lost-rows.ts'
import type { Tables } from './tables.ts'

export interface PageSearch {
  /** Sessions that are there, and not looked for. */
  readonly without: ReadonlySet<SessionID>
  readonly onProgress?: (done: number, pages: number) => void
}

const isOfSessions = (table: string) => table === 'session' || table === 'session_v2'

/** As long as OpenCode makes them. */
const idBytes = 30

/** How many pages are read between two words of how far it is. */
const toldEvery = 4096

/**
 * Looks through every page of a database and its log for rows of sessions, also where SQLite has freed the place and not used it
 * again. The database is only read, and needs no intact page but those that hold the rows.
 * @throws OcvaultError `failed` when the file cannot be read
 */
export function searchPages(path: string, { shapes, tables }: Tables, { without, onProgress }: PageSearch): LostRows {
  const images = new PageImages(path)
  const rows = new LostRows(tables)
  try {
    let done = 0
    let isCut = false
    for (const image of images.all()) {
      for (const row of rowsIn(image, shapes)) {
        const { columns, table } = row.shape
        const own = columns.findIndex(({ name }) => name === (isOfSessions(table) ? 'id' : 'session_id'))
        const id = row.text(own)
        if (without.has(id)) continue
        rows.add(row)
        isCut ||= id.length < idBytes
      }
      if (++done % toldEvery === 0) onProgress?.(done, images.count)
    }
    // In small pages an id may stand in an overflow page.
    if (isCut) rows.leaveOut(without)
    return rows
  } catch (error) {
    rows.remove()
    throw error
  } finally {
    images.close()
  }
}
