import type { Pages } from './page-file.ts'

/**
 * The numbers of the pages that a database has freed and not used again, by its own list; as many as can be followed where that
 * is damaged. Its trunk pages, which hold the list, are left out: what stood in them is overwritten.
 * @param most how many pages there are
 */
export function freePages(pages: Pages, most: number): Set<number> {
  const free = new Set<number>()
  const trunks = new Set<number>()
  const first = pages.page(1)
  if (!first || first.length < 40) return free
  let number = new DataView(first.buffer, first.byteOffset).getUint32(32)
  while (number > 0 && number <= most && !trunks.has(number)) {
    trunks.add(number)
    const page = pages.page(number)
    if (!page || page.length < pages.usableBytes) break
    const view = new DataView(page.buffer, page.byteOffset)
    const count = Math.min(view.getUint32(4), pages.usableBytes / 4 - 2)
    for (let index = 0; index < count; index++) {
      const leaf = view.getUint32(8 + index * 4)
      if (leaf > 1 && leaf <= most) free.add(leaf)
    }
    number = view.getUint32(0)
  }
  return free
}
