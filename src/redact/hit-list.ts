/** How many hits stand in one block. */
const blockHits = 16_384
const fields = 4

/** A hit, as numbers: in which text, from where to where, and what it is by whoever keeps the list. */
export interface ListedHit {
  readonly leaf: number
  readonly start: number
  readonly end: number
  readonly what: number
}

/** Hits in the order of texts, kept outside of the heap: a session may have millions. */
export class HitList {
  readonly #blocks: Int32Array[] = []
  length = 0

  add({ leaf, start, end, what }: ListedHit): void {
    const at = this.length % blockHits
    if (at === 0) this.#blocks.push(new Int32Array(blockHits * fields))
    this.#blocks.at(-1)!.set([leaf, start, end, what], at * fields)
    this.length++
  }

  at(index: number): ListedHit {
    const block = this.#blocks[Math.floor(index / blockHits)]!
    const at = (index % blockHits) * fields
    return { leaf: block[at]!, start: block[at + 1]!, end: block[at + 2]!, what: block[at + 3]! }
  }

  /** The hits of one text that stand from a place in the list on; none where another text's stand there. */
  of(leaf: number, from: number): ListedHit[] {
    const hits: ListedHit[] = []
    for (let index = from; index < this.length; index++) {
      const hit = this.at(index)
      if (hit.leaf !== leaf) break
      hits.push(hit)
    }
    return hits
  }
}
