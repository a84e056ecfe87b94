import { cookiesIn } from './cookies.ts'
import type { Leaf } from './document.ts'
import type { Hit } from './hit.ts'
import { hitsIn } from './hits.ts'
import { lastUpTo, withoutNULs } from './invisible.ts'
import { inLabelled } from './named.ts'

/**
 * Texts are looked at together, so many letters at a time: a session has a hundred thousand texts, and a look costs, however
 * short it is. More would not stay in the processor's cache while all rules go over them.
 */
const chunkSize = 2 ** 16

/** Between texts: no rule looks past it. */
const separator = '\n\0\n'

/** A text with secrets, and which of all texts it is, from 0. */
export interface FoundIn {
  readonly index: number
  readonly leaf: Leaf
  /** In order of their places; none inside another. */
  readonly hits: readonly Hit[]
}

/**
 * The texts that have secrets, in their order. Of all texts a chunk is held at a time.
 * @param withPersonal also what is personal and no secret
 */
export function* findSecrets(leaves: Iterable<Leaf>, withPersonal = false): Generator<FoundIn> {
  for (const chunk of chunksOf(leaves)) {
    const found = new Map<number, Hit[]>()
    const add = (at: number, hit: Hit) => {
      const hits = found.get(at)
      if (hits) hits.push(hit)
      else found.set(at, [hit])
    }
    for (const hit of hitsIn(chunk.text, withPersonal)) {
      const at = chunk.indexAt(hit.start)
      const start = hit.start - chunk.starts[at]!
      const end = Math.min(hit.end - chunk.starts[at]!, chunk.leaves[at]!.text.length)
      if (start >= 0 && start < end) add(at, { ...hit, start, end })
    }
    for (const [at, { label, text }] of chunk.leaves.entries()) {
      if (label === null) continue
      const hit = inLabelled(label, text)
      if (hit) add(at, hit)
      if (text.length < 10_000 && /cookie2?$/i.test(label)) for (const cookie of cookiesIn(text)) add(at, cookie)
    }
    for (const at of [...found.keys()].sort((a, b) => a - b)) {
      yield { index: chunk.first + at, leaf: chunk.leaves[at]!, hits: withoutOverlaps(found.get(at)!) }
    }
  }
}

class Chunk {
  /** Which of all texts its first one is. */
  readonly first: number
  readonly leaves: Leaf[] = []
  readonly starts: number[] = []
  size = 0

  constructor(first: number) {
    this.first = first
  }

  add(leaf: Leaf): void {
    this.starts.push(this.size)
    this.leaves.push(leaf)
    this.size += leaf.text.length + separator.length
  }

  // What is NUL in a text would end it for the rules.
  get text(): string {
    return this.leaves.map(({ text }) => withoutNULs(text)).join(separator)
  }

  /** Which text a place belongs to. */
  indexAt(place: number): number {
    return lastUpTo(this.starts, place)
  }
}

function* chunksOf(leaves: Iterable<Leaf>): Generator<Chunk> {
  let chunk = new Chunk(0)
  for (const leaf of leaves) {
    if (chunk.size > 0 && chunk.size + leaf.text.length > chunkSize) {
      yield chunk
      chunk = new Chunk(chunk.first + chunk.leaves.length)
    }
    chunk.add(leaf)
  }
  if (chunk.leaves.length > 0) yield chunk
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
