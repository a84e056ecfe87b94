import { freePages } from '../../sqlite/pages/freelist.ts'
import { PageImages } from '../../sqlite/pages/images.ts'
import { indexEntries, isOfIndex } from '../../sqlite/pages/index-entries.ts'
import { type Cell, TextBytes } from '../../sqlite/pages/record.ts'
import { rowsInCells } from '../../sqlite/pages/rows-in-page.ts'
import { LostRows } from './lost-rows.ts'
import { salvageTables } from './salvage-tables.ts'

/**
 * Digs the rows of sessions out of the pages of a damaged database, whatever led to those pages: each page that holds rows is
 * enough. What the database has freed is left out, as far as its own list can be believed: it was deleted. Nothing is written
 * but the new file.
 * @param beside where the file grows
 * @returns the rows, in tables of their own; beside them `ocvault_gap`, what indexes name and no page has any more
 * @throws OcvaultError `failed` when the file cannot be read
 */
export function salvage(path: string, beside: string): LostRows {
  const images = new PageImages(path)
  let rows: LostRows | undefined
  try {
    const { shapes, tables, stated } = salvageTables(path, images)
    rows = new LostRows(tables, beside)
    const free = freePages(images.database, images.count)
    const ofIndexes: number[] = []
    for (const image of images.present()) {
      if (free.leaves.has(image.number)) continue
      if (isOfIndex(image)) ofIndexes.push(image.number)
      for (const row of rowsInCells(image, shapes)) rows.add(row)
    }
    rows.disentangle()
    noteGaps(images, ofIndexes, rows)
    rows.trim(stated)
    return rows
  } catch (error) {
    rows?.remove()
    throw error
  } finally {
    images.close()
  }
}

const isID = (cell: Cell | undefined, kind: string): cell is TextBytes =>
  cell instanceof TextBytes && cell.bytes.length < 100 && cell.toString().startsWith(`${kind}_`)

/** Notes messages and parts that an index names, and that are nowhere. */
function noteGaps(images: PageImages, ofIndexes: readonly number[], rows: LostRows): void {
  const pages = images.database
  for (const number of ofIndexes) {
    const bytes = pages.page(number)
    if (!bytes) continue
    for (const [first, second, third] of indexEntries({ number, bytes, views: [pages] })) {
      if (isID(first, 'msg') && isID(second, 'prt')) rows.noteIfGone(null, String(first), String(second))
      else if (isID(first, 'ses') && isID(third, 'msg')) rows.noteIfGone(String(first), String(third), null)
    }
  }
}
