import prices from './prices.json' with { type: 'json' }
import { type PriceList, shippedPrices } from './prices.ts'

/** The prices of the day that this release was made; a module of its own, because nothing else needs to wait for it. */
export const shipped: PriceList = shippedPrices(prices)
