import type { Uncosted } from './figures.ts'
import { estimateOf, type Price, type PriceList } from './prices.ts'

/** What answers would have cost for which OpenCode noted nothing. The first list that knows a model has its price. */
export class Estimates {
  readonly #lists: readonly PriceList[]
  readonly #prices = new Map<string, Price | undefined>()
  readonly #used = new Set<PriceList>()

  constructor(lists: readonly PriceList[]) {
    this.#lists = lists
  }

  /** @param model `provider/model`; in {@link unitsPerDollar}, undefined where no list has a price */
  of(model: string, tokens: Iterable<Uncosted>): number | undefined {
    const price = this.#priceOf(model)
    if (!price) return undefined
    let sum = 0
    for (const some of tokens) sum += estimateOf(price, some)
    return sum
  }

  #priceOf(model: string): Price | undefined {
    if (this.#prices.has(model)) return this.#prices.get(model)
    const slash = model.indexOf('/')
    const [provider, name] = [model.slice(0, slash), model.slice(slash + 1)]
    const list = this.#lists.find((each) => each.price(provider, name))
    if (list) this.#used.add(list)
    const price = list?.price(provider, name)
    this.#prices.set(model, price)
    return price
  }

  /** The lists that gave a price. */
  get used(): readonly PriceList[] {
    return this.#lists.filter((list) => this.#used.has(list))
  }
}
