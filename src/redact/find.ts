import { cookiesIn } from './cookies.ts'
import type { Leaf } from './document.ts'
import type { Hit } from './hit.ts'
import { hitsIn } from './hits.ts'
import { lastUpTo, withoutNULs } from './invisible.ts'
import { inLabelled } from './named.ts'

/**
 * Texts are looked at together, so many letters at a time: a session has a hundred thousand texts, and a look costs, however
 * short it is.
 */
const chunkSize = 2 ** 20

/** Between texts: no rule looks past it. */
const separator = '\n\0\n'

/**
 * The secrets of texts, for each text in order of their places; none inside another.
 * @param withPersonal also what is personal and no secret
 * @returns a list for each leaf that has any, by its index
 */
export async function findSecrets(leaves: readonly Leaf[], withPersonal = false): Promise<Map<number, Hit[]>> {
  const found = new Map<number, Hit[]>()
  const add = (index: number, hit: Hit) => {
    const hits = found.get(index)
    if (hits) hits.push(hit)
    else found.set(index, [hit])
  }
  for (const chunk of chunksOf(leaves)) {
    for (const hit of hitsIn(chunk.text, withPersonal)) {
      const at = chunk.indexAt(hit.start)
      const start = hit.start - chunk.starts[at]!
      const index = chunk.first + at
      const end = Math.min(hit.end - chunk.starts[at]!, leaves[index]!.text.length)
      if (start >= 0 && start < end) add(index, { ...hit, start, end })
    }
  }
  for (const [index, { label, text }] of leaves.entries()) {
    if (label === null) continue
    const hit = inLabelled(label, text)
    if (hit) add(index, hit)
    if (text.length < 10_000 && /cookie2?$/i.test(label)) for (const cookie of cookiesIn(text)) add(index, cookie)
  }
  for (const [index, hits] of found) found.set(index, withoutOverlaps(hits))
  return found
}

class Chunk {
  readonly first: number
  readonly starts: number[] = []
  readonly #texts: string[] = []
  size = 0

  constructor(first: number) {
    this.first = first
  }

  add(text: string): void {
    this.starts.push(this.size)
    this.#texts.push(text)
    this.size += text.length + separator.length
  }

  // What is NUL in a text would end it for the rules.
  get text(): string {
    return this.#texts.map(withoutNULs).join(separator)
  }

  /** Which text a place belongs to. */
  indexAt(place: number): number {
    return lastUpTo(this.starts, place)
  }
}

function* chunksOf(leaves: readonly Leaf[]): Generator<Chunk> {
  let chunk = new Chunk(0)
  for (const [index, { text }] of leaves.entries()) {
    if (chunk.size > 0 && chunk.size + text.length > chunkSize) {
      yield chunk
      chunk = new Chunk(index)
    }
    chunk.add(text)
  }
  if (chunk.starts.length > 0) yield chunk
}

/**
 * Of overlapping ones the longest, of equal ones the one whose kind is surest. What remains of another is not a secret of its
 * own.
 */
function withoutOverlaps(hits: readonly Hit[]): Hit[] {
  // Of the same place and rank the last: the keyword that led to it is the longest.
  const sorted = hits.toReversed().sort((a, b) => a.start - b.start || b.end - a.end || b.rank - a.rank)
  const kept: Hit[] = []
  for (const hit of sorted) {
    const last = kept.at(-1)
    if (!last || hit.start >= last.end) kept.push(hit)
    else if (hit.end > last.end) {
      // They run over each other's ends: together they are one secret.
      kept[kept.length - 1] = { ...(hit.rank > last.rank ? hit : last), start: last.start, end: hit.end }
    }
  }
  return kept
}
