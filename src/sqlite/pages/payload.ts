import type { Pages } from './page-file.ts'

/** How many bytes of a record stand in its own page; the others are in overflow pages (fileformat2.html, §1.6). */
export function localBytes(payload: number, usableBytes: number, of: 'table' | 'index' = 'table'): number {
  const most = of === 'table' ? usableBytes - 35 : Math.floor(((usableBytes - 12) * 64) / 255) - 23
  if (payload <= most) return payload
  const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23
  const fitting = least + ((payload - least) % (usableBytes - 4))
  return fitting <= most ? fitting : least
}

/**
 * What of a record is in overflow pages; undefined where the chain does not end with the record, or goes in a circle: a page of
 * it serves another record by now.
 * @param first the number of the first page
 * @param length how many bytes there must be
 */
export function overflowBytes(pages: Pages, first: number, length: number): Uint8Array | undefined {
  const blocks: Uint8Array[] = []
  const seen = new Set<number>()
  let missing = length
  for (let number = first; missing > 0; ) {
    if (seen.has(number)) return undefined
    seen.add(number)
    const page = pages.page(number)
    if (!page || page.length < Math.min(pages.usableBytes, 4 + missing)) return undefined
    const block = page.subarray(4, Math.min(pages.usableBytes, 4 + missing))
    blocks.push(block)
    missing -= block.length
    number = new DataView(page.buffer, page.byteOffset, 4).getUint32(0)
    if (missing > 0 === (number === 0)) return undefined
  }
  return Buffer.concat(blocks, length)
}
