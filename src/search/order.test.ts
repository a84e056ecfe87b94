import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import type { Store } from '../stores/store.ts'
import { TestDatabase } from '../testing/database.ts'
import type { SearchOptions } from './options.ts'
import { firstOf, ranked, rankingOf } from './order.ts'
import { fields } from './query.ts'
import type { Statistics } from './rank.ts'
import type { Batch, Found, Source } from './source.ts'

const now = Date.UTC(2026, 10, 21)
const daysAgo = (n: number) => now - n * 86_400_000
const statistics: Statistics = { sessions: 100, messages: 1000, frequencies: [20] }

/** A session that answers, by an answer that holds the word so often. */
function found(id: string, age: number, times = 1, rootID = id): Found {
  const counts = [fields.map((field) => (field === 'answer' ? times : 0))]
  const evidence = { counts, together: false, best: [{ unit: 0, field: 'answer' as const }], total: times }
  const about = { updated: daysAgo(age), messages: 10, here: false }
  return { id, rootID, store: {} as Store, evidence, ...about, locate: () => null }
}

/** A source whose batches are given; it notes how many were asked for, and who was asked for at last. */
class Given implements Source {
  readonly sessionsAtMost = 100
  asked = 0
  completed: string[] = []
  readonly #batches: readonly Batch[]

  constructor(...batches: readonly Batch[]) {
    this.#batches = batches
  }

  async statistics(): Promise<Statistics> {
    return statistics
  }

  async *batches(): AsyncIterable<Batch> {
    for (const batch of this.#batches) {
      this.asked++
      yield batch
    }
  }

  async among(ids: ReadonlySet<string>): Promise<Found[]> {
    this.completed = [...ids].sort()
    return this.#batches.flatMap((batch) => batch.found).filter(({ id }) => ids.has(id))
  }
}

/** A catalog in which no session has a parent. */
const flat = { session: () => undefined } as unknown as Catalog

async function order(sources: Source[], options: SearchOptions = {}, catalog: Catalog = flat): Promise<string[]> {
  const { limit = Number.POSITIVE_INFINITY, signal } = options
  const groups = await ranked(catalog, sources, rankingOf({ now, ...options }, statistics), limit, signal)
  return groups.map(({ root, found: members }) => [root, ...members.keys()].join('+'))
}

test('the first of many are those that come first when all are put in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.integer({ min: 1, max: 120 }), (numbers, limit) => {
      const order = (a: number, b: number) => a - b
      expect(firstOf(numbers, order, limit)).toEqual([...numbers].sort(order).slice(0, limit))
    }),
  )
})

const batch = (before: number, ...sessions: Found[]): Batch => ({ found: sessions, before })
const rest = Number.NEGATIVE_INFINITY

describe('groups', () => {
  test('stand in the order that was asked for, from whichever source they come', async () => {
    const sources = () => [
      new Given(batch(rest, found('a', 60, 50), found('b', 10))),
      new Given(batch(rest, found('c', 50, 2), found('d', 50, 2))),
    ]
    expect(await order(sources())).toEqual(['a+a', 'b+b', 'c+c', 'd+d'])
    expect(await order(sources(), { sort: 'newest' })).toEqual(['b+b', 'c+c', 'd+d', 'a+a'])
    expect(await order(sources(), { sort: 'oldest' })).toEqual(['a+a', 'c+c', 'd+d', 'b+b'])
    expect(await order(sources(), { limit: 1 })).toEqual(['a+a'])
  })

  test('hold a root with its subagents, stand where the best of them would, and are as new as the newest', async () => {
    const source = () => new Given(batch(rest, found('root', 300), found('child', 20, 9, 'root'), found('other', 100, 3)))
    expect(await order([source()])).toEqual(['root+root+child', 'other+other'])
    expect(await order([source()], { sort: 'newest' })).toEqual(['root+root+child', 'other+other'])
  })
})

describe('a source', () => {
  test('is asked no further than a session may still come before the last one', async () => {
    const source = new Given(
      batch(daysAgo(30), found('a', 1, 50), found('b', 2, 50)),
      batch(daysAgo(900), found('c', 40)),
      batch(rest, found('d', 1000, 99)),
    )
    expect(await order([source], { sort: 'newest', limit: 2 })).toEqual(['a+a', 'b+b'])
    expect(source.asked).toBe(1)
  })

  test('is asked to the end where the best may be old', async () => {
    const source = new Given(batch(daysAgo(30), found('a', 40)), batch(rest, found('d', 41, 99)))
    expect(await order([source], { limit: 1 })).toEqual(['d+d'])
    const oldest = new Given(batch(daysAgo(30), found('a', 1)), batch(daysAgo(40), found('b', 35)), batch(rest, found('c', 50)))
    expect(await order([oldest], { sort: 'oldest', limit: 1 })).toEqual(['c+c'])
    expect(oldest.asked).toBe(3)
  })

  test('that was not asked to the end is asked for the rest of each group', async () => {
    const db = new TestDatabase()
    db.session({ id: 'ses_root' })
      .session({ id: 'ses_child', parent_id: 'ses_root' })
      .session({ id: 'ses_late', parent_id: 'ses_child' })
    const catalog = openCatalog({ roots: [db.done()] })
    const source = new Given(
      batch(daysAgo(30), found('ses_child', 1, 9, 'ses_root')),
      batch(rest, found('ses_late', 99, 1, 'ses_root'), found('ses_none', 98)),
    )
    expect(await order([source], { sort: 'newest', limit: 1 }, catalog)).toEqual(['ses_root+ses_child+ses_late'])
    expect(source.completed).toEqual(['ses_child', 'ses_late', 'ses_root'])
    catalog.close()
  })

  test('is asked nothing more once the search was stopped', async () => {
    const stop = new AbortController()
    stop.abort(new Error('stopped'))
    const source = new Given(batch(0, found('a', 1)), batch(rest, found('b', 2)))
    await expect(order([source], { signal: stop.signal })).rejects.toThrow('stopped')
    expect(source.asked).toBe(1)
  })
})
