import { statSync } from 'node:fs'
import { readRegular } from '../base/regular.ts'
import type { Machine } from '../opencode/data-dirs.ts'
import { modelsFile } from '../opencode/data-dirs.ts'
import { type PriceList, priceList } from './prices.ts'

/**
 * The prices that OpenCode of this machine has last fetched, and those of the day that this release was made. Nothing is fetched
 * here.
 */
export async function priceLists(machine: Machine): Promise<PriceList[]> {
  const own = ownList(modelsFile(machine))
  const { shipped } = await import('./shipped-prices.ts')
  return [...(own ? [own] : []), shipped]
}

/** Without a file, or with one that is no JSON, the list that is shipped has all there is to say. */
function ownList(path: string): PriceList | undefined {
  try {
    const { mtime } = statSync(path)
    return priceList(JSON.parse(readRegular(path).toString('utf8')), mtime.toISOString().slice(0, 10))
  } catch {
    return undefined
  }
}
