import type { Pages } from './page-file.ts'

/** Pages that a database has freed and not used again. */
export interface FreePages {
  /** Those that still hold what they held. */
  readonly leaves: ReadonlySet<number>
  /** Those that hold the list itself now. */
  readonly trunks: ReadonlySet<number>
}

/**
 * The pages that a database has freed, by its own list; none where the list is not whole, and may name any page.
 * @param most how many pages there are
 */
export function freePages(pages: Pages, most: number): FreePages {
  const leaves = new Set<number>()
  const trunks = new Set<number>()
  const first = pages.page(1)
  if (!first || first.length < 40) return { leaves, trunks }
  const header = new DataView(first.buffer, first.byteOffset)
  let listed = 0
  let number = header.getUint32(32)
  while (number > 0 && number <= most && !trunks.has(number)) {
    trunks.add(number)
    const page = pages.page(number)
    if (!page || page.length < pages.usableBytes) break
    const view = new DataView(page.buffer, page.byteOffset)
    const count = Math.min(view.getUint32(4), pages.usableBytes / 4 - 2)
    for (let index = 0; index < count; index++) {
      const leaf = view.getUint32(8 + index * 4)
      if (leaf > 1 && leaf <= most) leaves.add(leaf)
    }
    listed += count + 1
    number = view.getUint32(0)
  }
  const isWhole = number === 0 && listed === header.getUint32(36)
  return isWhole ? { leaves, trunks } : { leaves: new Set(), trunks: new Set() }
}
